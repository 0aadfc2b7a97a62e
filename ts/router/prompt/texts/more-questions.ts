/**
 * More questions about a scan in everyday and clinical words, one a line; slots as in `scan-questions.ts`.
 */
export const clinicalQuestionLines = `
Is a tube in place?
Is a central line in place?
Is the {finding} in the right place?
Does the patient have a pacemaker?
Does the patient have any implants?
Are there any devices in the chest?
Are there surgical clips in the {organ}?
Has there been surgery on the {organ}?
Has the patient been operated on the {organ}?
Post-operative changes?
Is there a scar in the {organ}?
Is there much noise in the images?
Is image quality good enough?
Are there streaks from metal?
Did the patient move during the scan?
Did the patient breathe during the acquisition?
Is the volume cut off at the top?
Is the whole {organ} covered?
Which display window has been set?
Which window was chosen for the picture?
What window and level are these?
What body part are we looking at?
Is this the head or the neck?
Is this a chest CT or an abdominal CT?
Is it a scan of the {region}?
Which scan is this, {region} or {region}?
Is there a blood clot?
Is there a clot in the {organ}?
Is there water in the lungs?
Is there fluid around the {organ}?
Is there pus in the {organ}?
Is there blood in the {organ}?
Is there gas in the {organ}?
Is there fat around the {organ}?
Is there air where it should not be?
Is a bone broken?
Is something pressing on the {organ}?
Is something growing in the {organ}?
Is something blocking the {organ}?
Is something missing in the abdomen?
Has the cancer spread?
Has it spread to the {organ}?
Has the {finding} grown?
Has the {finding} changed since the last scan?
Has the {organ} been damaged?
Did the fall injure the {organ}?
Did he break a bone in the accident?
Did she tear the {organ}?
After the accident, is the {organ} injured?
After surgery, is there {finding}?
He was hit by a car, is the {organ} ruptured?
She fell down the stairs, is the {organ} broken?
My mother has {finding}, is the {organ} involved?
The patient has fever and cough, could it be {finding}?
The patient complains of pain on the left, is the {organ} normal?
A 50-year-old man with weight loss: is there a mass in the {organ}?
A woman with chest pain, any {finding}?
Old man, short of breath, {finding}?
Child with belly pain: {finding}?
Smoker, is there {finding} in the {organ}?
Elderly patient after trauma, is the {organ} intact?
Is it serious?
Is the finding dangerous for the patient?
Is the {finding} acute or chronic?
Is the {finding} old or new?
Is the {finding} typical of cancer?
Is the {organ} infected?
Is the {organ} inflamed?
Is the {organ} swollen?
Is the {organ} bleeding?
Is the {organ} shrunken?
Is the {organ} fatty?
Is the {organ} full?
Is the {organ} collapsed?
Is the {organ} healthy?
Is the {organ} okay?
Is the {organ} fine?
Is the {organ} where it should be?
Is the {organ} absent?
Is the {organ} still there?
Are my {organ} okay?
Are the lungs healthy?
Are the kidneys working?
Are the arteries narrowed?
Are the bones normal?
Are all organs present?
Anything in the {organ}?
Anything abnormal?
Anything wrong with the {organ}?
Anything suspicious in the {organ}?
Does anything suggest {finding}?
Does anything look abnormal in the {organ}?
Does it look like {finding} to you?
Does the picture fit {finding}?
Does the {finding} need treatment?
Do the images support {finding}?
Do you agree that this is {finding}?
Do you believe it is {finding}?
Would you call the {organ} enlarged?
Would you say there is {finding}?
Would you biopsy the lesion?
What do you see in the {organ}?
What do you see on the left side?
What do you make of the spot in the {organ}?
What might the {finding} be?
What could cause {finding} here?
What is the likely cause of the {finding}?
What is the reason for the {finding}?
What is the grey area in the {organ}?
What is the white spot in the {organ}?
What is the round structure in the {place}?
What is the long bright structure?
What is the most striking finding in the {organ}?
What is the second lesion?
What is between the {organ} and the {organ}?
What is inside the {finding}?
What is the lower edge of the {organ}?
Which one of the kidneys is abnormal?
Which one of the lungs is smaller?
Which of the two sides is affected?
Which of the planes was used?
Which of the phases is it?
Which of the organs is diseased?
Which of the lesions is the higher one?
Which of the lesions lies further left?
Which lung is darker?
Which side is brighter?
Which way do the slices run?
Which area of the {organ} is abnormal?
Which artery is occluded?
Which vein is thrombosed?
Which nodule is the biggest?
Which rib is fractured?
Which segment is affected?
Which wall is thickened?
Which structure is compressed by the {finding}?
Which tube is visible?
At which height does the lesion lie?
At which depth is the {finding}?
Between which organs does the mass lie?
By how much is the {organ} displaced?
From which organ does the mass arise?
From which level to which level does the {finding} extend?
In which direction is the {organ} displaced?
In which half of the {organ} is the {finding}?
In which slices is the lesion visible?
On which slice is the {finding} best seen?
On the left or on the right?
Above or below the diaphragm?
Inside or outside the {organ}?
In front of or behind the {organ}?
Near the {organ} or far from it?
One lesion or many?
One side or both?
Big or small?
Solid or cystic?
Benign or malignant?
Normal or abnormal?
With or without contrast?
Early or late phase?
Head first or feet first?
Prone or supine?
Vessel or nodules?
Lung or pleura?
Higher on the left or on the right?
Is the left {finding} lower than the right?
Is the left one higher?
Is the right one larger?
Is the upper lesion on the left?
Is the {finding} next to the {organ}?
Is the {finding} attached to the {organ}?
Is the {finding} above the {organ}?
Is the {finding} in front of the {organ}?
Is the {finding} close to the surface?
Is the {finding} in the middle?
Is the row of bright dots a vessel?
Is the bright line continuous?
`;
