/**
 * Sentence frames that mean a scan or something else entirely by one noun alone, one a line: `{x}` is filled
 * once with a medical term
 * (a question about the scan, or a report asked for) and once with an everyday one (neither). They teach the
 * classifier to look at the noun.
 */
export const questionFrameLines = `
What is wrong with the {x}?
What is that in the {x}?
What is that dark spot in the {x}?
What is the bright thing near the {x}?
What is the state of the {x}?
What is next to the {x}?
What is the size of the {x}?
What is the weight of the {x}?
What is the density of the {x}?
What is the mean value of the {x}?
What does the {x} look like?
What do you think of the {x}?
What happened to the {x}?
What caused the {x}?
What colour is the {x}?
Which {x} is larger?
Which {x} is affected?
Which kind of {x} is this?
Where is the {x}?
where's the {x}
Where would you put the {x}?
Where did the {x} come from?
Why is the {x} so big?
Why is the {x} dark?
Why is there {x}?
How is the {x}?
how does the {x} look
How big is the {x}?
How many {x} can you see?
how many {x}
How many centimetres is the {x} across?
Roughly how much {x} is there?
How bad is the {x}?
How old is the {x}?
Is the {x} normal?
Is the {x} broken?
Is the {x} there?
Is the {x} left or right?
Is the {x} bigger than last time?
Is there a {x}?
Is there any {x}?
Is there {x} on the left?
Is this a {x}?
Is it a {x}?
Are there {x}?
Are there any signs of {x}?
Are all four {x} normal?
Do you think this is {x}?
Do you see the {x}?
do you detect {x}
Does he have {x}?
Does she have {x}?
Does the {x} look okay?
Has the {x} been removed?
Can you find the {x}?
Could it be {x}?
Could there be {x} in the {x}?
any {x}?
{x}?
{x}
the {x}
{x} or {x}?
{x} in the {x}
Show me the {x}.
Find the {x}.
Please confirm or exclude {x}.
Please check the {x}.
Tell me about the {x}.
I am worried about the {x}.
I am looking at the {x} and wonder what it is.
I think there is {x}, do you agree?
`;

export const reportFrameLines = `
Write a report on the {x}.
Write a detailed report about this {x}.
Write a summary of the {x}.
Write a few lines on the {x}.
Write something I can use for the {x}.
Draft a text on the {x}.
Describe the {x}.
Describe this {x} in detail.
Describe in detail all that you notice about the {x}.
Briefly describe the {x}.
Summarise the {x}.
summarize this {x} please
Summarise the main points of the {x}.
Can you summarise this {x} for me in plain language?
Can you explain the {x} to my mother?
Can you comment on the {x}?
Explain the {x}.
Explain this {x} in simple words.
Explain what is going on in the {x}.
Help me understand this {x}.
Interpret the {x}.
Analyse the {x} in depth.
Analyze this {x}.
Review the {x}.
Evaluate the {x}.
Give me an overview of the {x}.
Give me a full account of the {x}.
Give me your opinion on this {x}.
Give a detailed description of the {x}.
Tell me everything about the {x}.
Tell me what happens in the {x}.
Walk me through the {x}.
Read the {x}.
Read this {x} and tell me what it says.
What does the {x} show?
What is this {x} about?
What are the highlights of the {x}?
What are the main points of the {x}?
What can you say about the {x}?
What do you make of this {x}?
Outline the {x}.
Detail all parts of the {x}.
List the key points of the {x}.
Put the {x} into words.
Produce a text about the {x}.
Prepare a report on the {x}.
Caption the {x}.
Report on the {x}.
{x} report
{x} summary please
`;

export const imagingNounTerms = `
CT, CT scan, scan, volume, study, chest CT, examination, images, imaging, abdominal CT, radiology study, computed tomography,
3D image, CT volume, medical image, CT of the chest, thoracic scan, series, medical scan, CT findings
`;

export const everydayNounTerms = `
bicycle, car, weather, football match, novel, garden, keyboard, sofa, window, dog, cat, pizza, computer, phone, bridge, tree,
guitar, money, river, teacher, film, train, contract, kitchen, shoe, sugar, coffee, birthday party, carpet, moon, sun, elephant,
poem, meeting, email, painting, hotel, wallet, house, engine, laptop, holiday, book, city, street, bus, school, recipe, election,
song, wine, cheese, flowers, traffic, ship, mountain, website, battery, newspaper article, story, umbrella, lawn mower, suitcase,
bread, butter, potato, orange juice, candle, mirror, chair, table, curtain, ladder, hammer, screwdriver, engine oil, petrol, tyre,
motorway, airport, airline, passport, beach, island, volcano, desert, rainbow, thunderstorm, snow, winter, summer, Christmas,
Easter, wedding, concert, orchestra, violin, piano, opera, museum, sculpture, castle, king, queen, president, government,
parliament, tax, salary, mortgage, bank account, stock market, euro, dollar, shop, supermarket, customer, factory, robot, rocket,
planet, galaxy, telescope, atom, molecule, equation, triangle, algorithm, database, server, printer, password, video game, chess,
tennis, basketball, goalkeeper, marathon, horse, cow, sheep, chicken, bird, butterfly, spider, shark, whale, lion, forest,
flower pot, apple tree, lake, waterfall, village, neighbour, grandmother, baby, birthday cake, chocolate, soup, restaurant, menu,
waiter, beer, philosophy, history of Rome, war, peace, religion, grammar, dictionary, alphabet
`;
