/**
 * Text that sounds like a request for a report, or has the form of a question, but is about something else or
 * nothing; one a line.
 */
export const requestLines = `
Summarise this legal document.
Summarise the court ruling.
Summarise my inbox.
Summarise this podcast episode.
Summarise the last chapter.
Summarise the speech of the president.
Summarise the plot.
Summarize the terms and conditions.
Summarize the tax rules for freelancers.
Summarize this video.
Summarize the history of jazz.
Summarize what happened at the meeting.
Give a summary of the match.
Give a synopsis of the film.
Give a short overview of Greek mythology.
Give the conclusion of the essay.
Give me the results of the lottery.
Give me the results of the election.
Give me the text of the national anthem.
Provide a synopsis of the novel.
Provide a description of the product.
Provide an interpretation of the poem.
Provide the minutes of the meeting.
Provide a list of vegetarian dishes.
Provide feedback on my essay.
Produce a budget for the trip.
Produce a slide deck on solar power.
Produce a script for a short film.
Prepare the minutes.
Prepare a speech.
Prepare a shopping list.
Compile a list of the best universities.
Compile the program.
Compile a playlist for running.
Formulate a hypothesis about dark matter.
Formulate a question for the quiz.
Elaborate on the theory of evolution.
Elaborate on the causes of unemployment.
Draft a will.
Draft a thank-you note.
Dictate a letter to my landlord.
Type up the invoice.
Document the recipe.
Describe the weather today.
Describe your hobbies.
Describe the flavour of this wine.
Describe yourself in three words.
Describe the plot of the film.
Describe the process of making cheese.
Describe the political system of Switzerland.
Describe this chair.
Explain the joke.
Explain the results of the election.
Explain gravity to a child.
Explain what a mortgage is.
Explain how to play poker.
Explain this poem.
Explain the ending of the film.
Interpret this painting.
Interpret the law.
Interpret the horoscope.
Analyse the opening of this chess game.
Analyse the market.
Analyze customer feedback.
Analyze the rhythm of the song.
Review the hotel.
Review this book.
Review the contract clause by clause.
Evaluate my essay.
Evaluate this chess position.
Assess the damage to my car.
Assess the applicants.
Report the results of the race.
Report the noise to the police.
Report on the elections in Brazil.
Report card for the third grade.
Report a bug in the app.
Weather report.
Sales report, please.
Police report.
Annual report of the company.
Travel report.
School report on volcanoes.
News summary, please.
Book summary.
Conclusion of the essay?
Results of the football matches?
Description of the house for sale.
Caption for my wedding picture.
Caption contest.
What did the president say?
What did you do yesterday?
What does the contract say?
What does my horoscope say?
What is on TV?
What is on the menu?
What is in this sandwich?
What is your opinion on abortion laws?
What is your impression of the new manager?
What is your read on the stock market?
What are the results of the exam in history?
What are your thoughts on the new album?
What have you found in the garage?
What's the result of the match?
What can be seen in Rome in two days?
Look through the window and tell me what you see.
Take a look at my essay.
Take me through the recipe.
Walk me through the installation.
Read the letter to me.
Read this contract.
Go through my code line by line.
Let me know what the teacher said.
Show me the report of the accountant.
Show me the forecast for the weekend.
Send me the invoice.
Translate this letter.
Translate the menu into English.
Translate my birth certificate into Portuguese.
Translate "I love you" into ten languages.
Convert this text to upper case.
Convert inches to centimetres.
Transform this data frame into a list.
Turn the music down.
Turn the volume up, please.
Turn this story into a play.
Put the kettle on.
Put the plot of Macbeth into words a child understands.
Humidity in London today?
Temperature in Moscow right now?
Rain tomorrow?
Wind speed at the coast?
Distance from Paris to Rome?
Height of the Eiffel Tower?
Age of the universe?
Price of petrol?
Number of inhabitants of Berlin?
Colour of the Swedish flag?
Inventor of the light bulb?
Opening hours?
Next bus to the airport?
Nearest petrol station?
Cheapest flight to Madrid?
Best pizza in Naples?
After the fall of Rome, who ruled Italy?
After the rain, did the garden flood?
If I have three apples and eat one, how many are left?
A farmer has 17 sheep, all but 9 run away, how many are left?
Does anything good come on tonight?
Does anything rhyme with orange?
Did he break the vase?
Did she pass the exam?
Has the parcel arrived?
Has the price gone up since last year?
Have you seen my keys?
Was the film any good?
Was Napoleon short?
Were the Beatles from Liverpool?
Will my team win?
Are apples rich in sugar?
Are carrots good for the eyes?
Are lemons sour?
Are planes safe?
Explain how airplanes are built.
Explain how boats float.
Explain how bread is made.
Explain how computers store numbers.
Explain how rainbows form.
He lost his keys yesterday; where are they?
She forgot the tickets, what now?
My father has a boat; is it for sale?
A man walks into a bar.
A woman with a red hat crossed the street.
Is it dangerous to swim here?
Is it serious business?
Is something burning in the kitchen?
Is something wrong with the internet?
Is the tank full?
Is the milk still good?
Is the lift out of order?
Is the left lane closed?
Is the upper floor free?
Anything else?
Anything on sale?
Big or small coffee?
Left or right shoe?
With or without sugar?
Early or late train?
Which one of the actors is taller?
Which of the two teams is better?
Which of the roads is shorter?
Which way to the station?
Which window seat is free?
Which window did the ball break?
Which artist painted it?
Which tube line goes to the airport?
At which station do I change?
From which platform does it leave?
In which direction is north?
In which half of the match was the goal?
Between which cities does it run?
What do you see in her?
What is between the lines?
What is inside the box?
What is the reason for the delay?
What is the round thing on the table?
Would you call a taxi?
Would you say it is too late?
Do you agree with the mayor?
Do you believe in luck?
Did the storm damage the roof?
Did he score in the second half?
Did she win the race?
Has the bread gone stale?
Has it stopped raining?
Has there been a robbery?
it it it it
is is is
of of of of
a the a the an
in on at by to
what where when who
this this this
no no no
la la la la
yes yes yes
mmm
hm hm
uh
oh
ah
qwe rty uio
qwer asdf zxcv
asdasd asdasd
asd asd asd
kjhg kjhg
lkj poi mnb
mnbvcxz
poiuytrewq
xqz
xz qj wv
pfft grr brr
tsk tsk
zrk vlp qwt
wkz bxj
hgfd jhgf
drtz fghj vbnm
ghj klo
rrrr
ssss tttt
uuuu vvvv wwww
jjj
kk
q w e r t y
z x c v
e
i
o
wubba lubba dub dub
skibidi bop
ooga booga
flim flam flum
plonk zonk bonk
quux corge grault
fnord
blargh
gribble nark zod
zim zam zoom
tralala
hocus pocus
abracadabra
lorem ipsum
dolor sit amet
window spoon cloud
seven chair lamp
paper green run quickly
dog tree five hello
sky jump yellow
milk stone music nine
`;
