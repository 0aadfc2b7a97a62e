/**
 * Text that asks for nothing this system does: programs, work and studies, medicine away from the scan,
 * noise; one a line.
 */
export const technicalLines = `
Write a Python function that reverses a string.
Write a SQL query to list all customers.
Write a bash script that deletes old files.
Write a regular expression for email addresses.
Write unit tests for this class.
Write a loop in Java.
Write a program that prints Hello World.
Write code to sort an array.
Fix the bug in my code.
Why does my program crash with a segmentation fault?
How do I install numpy?
How do I undo the last git commit?
How do I centre a div?
How do I read a file in Rust?
How do I train a neural network in PyTorch?
How do I use a for loop in Python?
What is a linked list?
What is the time complexity of quicksort?
What does this error message mean?
What is the difference between TCP and UDP?
What is a Docker container?
Explain recursion.
Explain what a pointer is in C.
Debug this function.
Refactor this code.
Review my pull request.
import numpy as np
def main(): print("hello")
for (int i = 0; i < n; i++) { sum += i; }
SELECT * FROM users WHERE id = 1;
<html><body><h1>Hi</h1></body></html>
console.log("test");
{"key": "value", "n": 3}
git push origin main
npm install express
sudo apt-get update
ls -la /home
function add(a, b) { return a + b; }
print(x)
while True: pass
#include <stdio.h>
https://www.example.com/index.html
http://localhost:8080
john.doe@example.com
127.0.0.1
Convert this JSON to YAML.
Generate a random password.
Generate a logo for my company.
Generate an image of a cat in space.
Generate ten business ideas.
Generate a list of baby names.
Draft a business plan for a bakery.
Draft a contract for a freelance designer.
Draft a tweet about our launch.
Prepare a presentation on marketing.
Prepare the quarterly sales report.
Prepare the annual financial report of the company.
Create a workout plan.
Create a spreadsheet of my expenses.
Create a report on employee satisfaction.
Compose a melody in C minor.
Compose an invitation to a garden party.
Analyse the stock price of Tesla.
Analyze the poem by Robert Frost.
Analyse the sales figures of last month.
Review this film.
Review my CV.
Evaluate the integral.
Evaluate the performance of our marketing campaign.
Assess the risk of this investment.
Interpret my dream.
Interpret the lyrics of this song.
Interpret the poem.
Read me the news.
Read the next chapter aloud.
Report the theft to the police.
Report a lost credit card.
Report on the football match of yesterday.
Give a weather report for Hamburg.
Traffic report for this morning?
Examine the evidence in the murder case.
Document the API of this library.
Document how to set up the printer.
Caption this meme.
Caption for my holiday photo on the beach?
Describe the function of this loop.
Describe the architecture of the web server.
Summarise the pull request.
Summarise the earnings call.
Look at this recipe and tell me what is missing.
Look at my garden, what should I plant?
Which programming language should I learn?
Which database is faster?
Which key opens this door?
Where is the configuration file?
Where are the logs stored?
Where is the bug?
Is the server running?
Is there a bug in this function?
Is this variable defined?
Is the left wheel bigger than the right?
Are there any errors in my code?
How many lines does this file have?
How large is the database?
How thick is a credit card?
How wide is the river here?
What is the size of the file?
What is the length of this string?
What is the volume of a cube with side 3?
What is the density of iron?
What is the diameter of the earth?
What is the shape of a banana?
What is the position of Mars tonight?
What is the stage of the project?
What is the diagnosis of my laptop problem?
What is wrong with my car?
What is wrong with this sentence?
What is shown on television tonight?
What is seen from the top of the tower?
What is the abnormality in the bank statement?
What is behind the door?
What lies between France and Spain?
What do you see when you look out of the window?
What does this painting show?
What does the graph of the function look like?
What does the company produce?
Count the number of vowels.
Measure the distance to the wall.
Measure two cups of flour.
Estimate the cost of the project.
Locate the nearest petrol station.
Check my spelling.
Check for updates.
Look for a new apartment.
Any plans for the weekend?
Any news?
Any good films lately?
Left or right at the traffic lights?
Location of the conference?
Number of employees in the company?
Size of a football field?
What are the symptoms of the flu?
What are the side effects of aspirin?
What is the dose of ibuprofen for a child?
What is the normal blood pressure of an adult?
What should I eat if I have diabetes?
What vaccines do I need for Kenya?
How does a CT scanner work?
How does the heart pump blood?
How is a cold treated?
How do I book an appointment with a doctor?
How do I become a radiologist?
How much radiation is in a flight?
How many bones does an adult have?
How long does a flu last?
Can I take paracetamol with alcohol?
Can I eat before the blood test?
Where is the nearest hospital?
When should I take my pills?
When is the doctor available?
Who discovered X-rays?
Who invented the stethoscope?
Who is the chief of surgery?
Which doctor should I see for back pain?
Which foods are good for the liver?
Is coffee bad for the heart?
Is smoking dangerous?
Is the pharmacy open?
Does health insurance cover dental treatment?
Do I need a prescription for antibiotics?
Prescribe something for my headache.
Refill my prescription.
Book an MRI appointment for Monday.
Cancel my appointment.
Write a sick note.
Write a referral letter to a dermatologist.
Write a discharge letter about the medication.
Explain how vaccines work.
Explain the citric acid cycle.
Summarise the history of medicine.
Describe the life cycle of a butterfly.
Describe the duties of a nurse.
Tell me about the immune system of plants.
List the side effects of chemotherapy.
List the Nobel laureates in medicine.
Translate the package insert.
Where does the hospital cafeteria serve lunch?
How much does a CT scanner cost?
What is the salary of a radiologist?
Train a segmentation model on my data set.
What learning rate should I use?
Which batch size fits on my GPU?
How many parameters does GPT-3 have?
What is a transformer network?
Plot the loss curve.
asdf
asdf qwer
asdfghjkl
qwertz uiop
qwerty
jkl; fdsa
sdfkjh sdkfjh skdjfh
xxxxx
aaaaaaa
abc
abcdefg
blah blah blah
bla
foo bar baz
foo
hjkl vbnm zxcv
lkjasd oiuwer nmzxcv
dfgh rtzu
wert poiu lkjh
zzz
zxcvbnm
fsdjkl fjdskl a
gnarf blorb wibble
wug dax blicket
snorf glip trundle vex
ouh gre plim tado
florp the snarg
colorless green ideas sleep furiously
banana
banana truck purple eleven
table lamp river mouse
apple orange chair
12345
1 2 3 4 5
42
3.14159
00000
1+1
!!!
???
?
.
...
-
,
;
***
!?!?
#
@@@
:-)
a
b
x
the
the the the
and and and of
of the to in
and
what
what?
why?
who?
how?
huh?
um
hmm
so
it is
tell me
can you
do it
go
stop
wait
Is it?
Is there?
What is it?
this
that thing over there
something else
one more
again please
undefined
null
NaN
true
error
N/A
none
`;
