/**
 * Questions about a scan that ask where, how large, how many and how two things lie to each other, one a
 * line; slots as in `scan-questions.ts`.
 */
export const locationQuestionLines = `
Where is the lesion?
Where is the {finding}?
Where is the {finding} located?
Where is the mass located?
Where is the {organ}?
Where is the abnormality located?
Where do you see the {finding}?
Where does the lesion lie?
Where exactly is the nodule?
Where in the {organ} is the {finding}?
Where in the body is the tumour?
Where are the metastases?
Where are the lymph nodes enlarged?
where is it
On which side is the {finding}?
On which side is the lesion?
On what side does the effusion lie?
Which side is affected?
Which side is the {finding} on?
Which side?
Which lobe contains the nodule?
Which lobe of the lung is affected?
Which segment of the liver is involved?
Which quadrant contains the {finding}?
Which part of the {organ} shows {finding}?
Which half of the scan holds the lesion?
Which pole of the kidney is the cyst in?
Which level is the {finding} at?
At what level is the {finding}?
At which vertebral level is the fracture?
In which lobe is the {finding}?
In which segment is the lesion?
In which part of the {organ} is the {finding}?
In which quadrant is the {finding}?
In which lung is the {finding}?
In what location is the {finding}?
What is the location of the {finding}?
What is the location of the lesion?
What is the position of the {finding}?
What is the position of the {organ} relative to the spine?
What side is the {finding} on?
What lies in front of the {organ}?
What lies behind the {organ}?
What is located in the {place}?
Is the {finding} on the left or right?
Is the {finding} on the left side?
Is the {finding} in the {place}?
Is the lesion in the left or the right lung?
Is the lesion in the upper or lower half?
Is the mass anterior or posterior to the {organ}?
Is the nodule central or peripheral?
Is the {finding} unilateral or bilateral?
Is the {organ} above or below the {finding}?
Is the {organ} to the left of the {finding}?
Is the {finding} inside the {organ}?
Is the {finding} near the {organ}?
Is the tumour in contact with the {organ}?
Is the lesion higher than the {finding}?
Are the lesions on the same side?
Are both lungs involved?
Are the findings confined to the {place}?
Does the lesion extend to the {organ}?
Does the tumour reach the {organ}?
Does the {finding} cross the midline?
Does the mass invade the {organ}?
Does the {finding} lie above the diaphragm?
How far does the {finding} extend?
How far is the {finding} from the {organ}?
How close is the mass to the {organ}?
Which lesion is higher, the left or the right one?
Which granuloma is higher?
Which is higher, the left or the right?
Which of the two nodules lies closer to the head?
Which one is lower in the body?
Which structure is nearest to the {finding}?
Which lies further forward, the {organ} or the {finding}?
Locate the {finding}.
Locate the lesion.
Locate the abnormality in the {organ}.
Point out the location of the {finding}.
Give the location of the {finding}.
Specify the side of the {finding}.
State where the {finding} is.
Tell me where the {finding} is.
Tell me the side of the lesion.
Can you localise the {finding}?
Can you tell me where the tumour sits?
Location of the {finding}?
location?
location of lesion
Site of the {finding}?
side of the lesion?
left or right?
left or right {finding}?
Position of the {finding} in the {organ}?
Level of the obstruction?
Laterality of the {finding}?
`;

export const measureQuestionLines = `
How big is the {finding}?
How big is the lesion in the {organ}?
How large is the {organ}?
How large is the {finding}?
How large is the tumour in the {place}?
How long is the {organ}?
How wide is the {organ}?
How thick is the wall of the {organ}?
How many nodules are there?
How many lesions are there?
How many lesions are in the {organ}?
How many {finding} can be counted?
How many kidneys are visible?
How many vertebrae are shown?
How many ribs are broken?
How many cysts do you see?
How severe is the {finding}?
How extensive is the {finding}?
How much fluid is in the {place}?
How much of the {organ} is involved?
How dense is the lesion?
What is the size of the {finding}?
What is the size of the {organ}?
What is the diameter of the {organ}?
What is the diameter of the lesion?
What is the volume of the {organ}?
What is the length of the {organ}?
What is the maximum dimension of the mass?
What is the number of lesions?
What is the HU value of the {organ}?
What size is the nodule?
Is the {finding} larger than 1 cm?
Is the lesion bigger than 3 cm?
Is the {organ} larger than normal?
Is there more than one lesion?
Is there one lesion or several?
Is the lesion single or multiple?
Is the {finding} mild or severe?
Are there one or two {finding}?
Are there multiple lesions in the {organ}?
Are the lesions of equal size?
Does the nodule measure more than 8 mm?
Does the {organ} measure within normal limits?
Measure the {finding}.
Measure the diameter of the {organ}.
Count the nodules.
Count the lesions in the {organ}.
Estimate the size of the mass.
Estimate the volume of the {finding}.
Give the size of the lesion in mm.
Give the number of lesions.
Size of the {finding}?
size in cm?
Number of lesions?
number of nodules
Diameter of the {organ}?
Extent of the {finding}?
Severity of the {finding}?
Which lesion is the largest?
Which is bigger, the left or the right kidney?
Which kidney is smaller?
Is the right {organ} larger than the left?
Is the left lung smaller than the right?
Compare the size of both kidneys.
Compare the left and right lung: which is denser?
Is the elongated structure a vessel or a row of nodules?
Is the tube in the {region} a vessel?
Are the bright dots separate nodules or one vessel?
`;
