/**
 * Text that asks for nothing this system does: everyday subjects, school knowledge, small talk; one a line.
 */
export const everydayLines = `
What is the capital of France?
What is the capital of Australia?
What is the population of India?
What is the largest ocean?
What is the tallest mountain in Africa?
What is the meaning of life?
What is the time in Tokyo?
What is the boiling point of water?
What is the speed of light?
What is the square root of 144?
What is 17 times 23?
What is two plus two?
What is the derivative of x squared?
What is the area of a circle with radius 5?
What is the price of gold today?
What is the weather like tomorrow?
What is your name?
What is your favourite colour?
What is love?
What is the best way to learn guitar?
What is a black hole?
What is photosynthesis?
What is the plot of Hamlet?
What is the difference between a crocodile and an alligator?
What is inflation?
What type of car should I buy?
What type of music do you like?
What kind of dog is best for a flat?
What size shoes does he wear?
What shape is a stop sign?
What phase is the moon in tonight?
What phase of matter is steam?
What plane did the Wright brothers fly?
What plane flies from Berlin to Rome?
What side of the road do they drive on in Japan?
What organ music did Bach write?
What position does Ronaldo play?
What should I cook for dinner?
What should I wear to a wedding?
What are you doing?
What are the rules of chess?
What are the ingredients of a carbonara?
What are the planets of the solar system?
What are the opening hours of the museum?
What do you think about politics?
What do penguins eat?
What does RSVP mean?
What does the fox say?
What happened in 1989?
What time is it?
What day is it today?
What can you do?
Who are you?
Who is the president of the United States?
Who wrote Pride and Prejudice?
Who painted the Mona Lisa?
Who won the world cup in 2014?
Who invented the telephone?
Who was the first man on the moon?
Where is Mount Everest?
Where is the nearest supermarket?
Where is the Eiffel Tower located?
Where is my phone?
Where do kangaroos live?
Where can I buy cheap flights?
Where does the river Nile end?
Where were the Olympic Games held in 2008?
When was the French Revolution?
When does the train leave?
When is Easter this year?
When did Rome fall?
Why is the sky blue?
Why do cats purr?
Why did the chicken cross the road?
Why does bread rise?
How are you?
How are you doing today?
How old is the universe?
How old are you?
How big is Texas?
How big is an elephant?
How large is the Pacific Ocean?
How long is the Great Wall of China?
How long does it take to boil an egg?
How far is the moon?
How far is Munich from Vienna?
How many continents are there?
How many people live in Canada?
How many legs does a spider have?
How many strings does a violin have?
How many players are on a football team?
How many countries are in the European Union?
How many cups are in a litre?
How much does a house cost in London?
How much is 5 dollars in euros?
How do I tie a tie?
How do I change a flat tyre?
How do I make pancakes?
How do I get to the airport?
How do planes fly?
How do I write a cover letter?
How does a refrigerator work?
How does the stock market work?
How can I lose weight fast?
How can I improve my English?
How to plant tomatoes
how to remove red wine from a carpet
Which country has the most people?
Which planet is the largest?
Which river flows through Vienna?
Which team won last night?
Which movie won best picture in 1994?
Which phone has the best camera?
Which language is spoken in Brazil?
Which side of the bed do you sleep on?
Which colour goes with green?
Which of these is a prime number?
Which came first, the chicken or the egg?
Is it going to rain today?
Is the earth flat?
Is there life on Mars?
Is there a bus to the station?
Is there any milk in the fridge?
Is a tomato a fruit?
Is this seat taken?
Is Pluto a planet?
Is it true that bees sleep?
Is the shop open on Sunday?
Is seven a prime number?
Are you human?
Are you a robot?
Are there any good restaurants nearby?
Are dolphins mammals?
Are we there yet?
Are there direct flights from Paris to Boston?
Do you like music?
Do you speak French?
Do fish sleep?
Do I need an umbrella?
Does he love me?
Does the hotel have a pool?
Does the shop sell batteries?
Did dinosaurs have feathers?
Can you sing?
Can you drive a car?
Can you recommend a book?
Can you tell me a joke?
Can you help me with my homework?
Can dogs eat chocolate?
Can I pay by card?
Could you book a table for two?
Could you play some jazz?
Could you remind me to call my mother?
Should I invest in bonds?
Should I get a cat?
Would you marry me?
Will it snow at Christmas?
Tell me a joke.
Tell me a story about a dragon.
Tell me about the history of Rome.
Tell me who won the election.
Tell me something interesting.
Give me a recipe for chocolate cake.
Give me directions to the central station.
Give me five names for a boat.
Give me a summary of the book 1984.
Give me the lyrics of that song.
Give me a synonym for happy.
Write a poem about the sea.
Write a haiku about autumn.
Write a love letter to my wife.
Write a short story about a lonely robot.
Write a song in the style of the Beatles.
Write an email to my boss asking for a raise.
Write an essay on climate change.
Write a report about the French Revolution.
Write a report on renewable energy.
Write a book report on Moby Dick.
Write a summary of the movie Titanic.
Write a birthday card for grandma.
Write a job description for a plumber.
Write a speech for the wedding of my sister.
Write a product description for a toaster.
Write a review of the new restaurant.
Write a press release about our new phone.
Write me a letter of complaint about the late delivery.
Describe the painting on the wall.
Describe your perfect holiday.
Describe the taste of a mango.
Describe the causes of the First World War.
Describe how a bill becomes a law.
Describe a sunset over the ocean.
Describe the main character of the novel.
Describe this photo of a cat.
Describe the landscape of Norway.
Explain quantum entanglement.
Explain the offside rule.
Explain the theory of relativity in simple words.
Explain how to knit a scarf.
Explain why the sky is dark at night.
Summarise the article.
Summarise the plot of Star Wars.
Summarise this contract.
Summarize the meeting notes.
Summarize the news of today.
Summarize this email thread.
Summarize chapter three of the textbook.
Summarise the history of the Roman Empire.
Translate this sentence into French.
Translate good morning to Spanish.
Translate the following text to German.
List the states of the USA.
List ten fruits.
List the ingredients for lasagne.
List all prime numbers below 50.
Name three rivers in Europe.
Name the seven dwarfs.
Name a film with Tom Hanks.
Identify the author of this quote.
Identify this bird.
Identify the song that is playing.
Compare iPhone and Android.
Compare the GDP of Spain and Italy.
Count to ten.
Count the words in this sentence.
Calculate 15 percent of 80.
Calculate the distance between Oslo and Rome.
Solve 3x + 5 = 20.
Solve the equation x^2 - 4 = 0.
Integrate sin(x) from 0 to pi.
Convert 10 miles to kilometres.
Convert 100 degrees Fahrenheit to Celsius.
Play some music.
Turn on the lights.
Turn off the heating in the living room.
Set an alarm for seven.
Order a pizza with mushrooms.
Book a flight to New York.
Open the window.
Call mum.
Send a message to John.
Find a hotel in Barcelona.
Find me a used bicycle.
Search for cheap laptops.
Show me pictures of kittens.
Show me the way to the beach.
Recommend a good thriller.
Plan a trip to Italy for two weeks.
Plan my week.
Rewrite this paragraph in a formal tone.
Rewrite this sentence so that it is shorter.
Correct my grammar.
Proofread the text below.
Paraphrase this.
Continue the story.
Complete the sentence: the early bird
Pretend to be a pirate.
Act as a travel guide.
You are a chef. Give me a menu for Sunday.
You are a lawyer. Draft a rental contract.
Let's play a game.
Sing me a song.
Good morning.
Good night!
Hello.
Hello, how are you?
Hello there
Hi
hey
Hey, what's up?
Thanks!
Thank you very much.
Bye.
See you tomorrow.
OK
Okay then.
yes
no
maybe
lol
please
help
test
Testing, testing, one two three.
I am bored.
I am hungry.
I love you.
I hate Mondays.
I want to travel to Japan next summer.
I need a new job.
I need a vacation.
I would like to order two coffees.
I have a dog named Max.
I have a meeting at three.
My car does not start.
My neighbour is too loud, what can I do?
My daughter wants to learn the piano.
My favourite team lost again.
The quick brown fox jumps over the lazy dog.
To be or not to be, that is the question.
Once upon a time there was a princess.
It was the best of times, it was the worst of times.
Lorem ipsum dolor sit amet, consectetur adipiscing elit.
The train to Hamburg leaves at nine from platform four.
Roses are red, violets are blue.
Happy birthday to you!
The meeting has been moved to Thursday.
Buy milk, eggs and bread.
Two tickets for the concert please.
There is no place like home.
Ich bin ein Berliner.
Bonjour, comment allez-vous?
Hola, que tal?
`;
