/**
 * Questions about a scan, one a line: plane, phase and technique, organ, abnormality, location.
 * Slots `{organ}`, `{finding}`, `{plane}`, `{phase}`, `{place}`, `{region}` are filled from the lexicon.
 */
export const planeQuestionLines = `
What plane is this?
What plane is this image in?
Which plane is shown?
Which plane does this CT display?
In which plane was this scan acquired?
In what plane are the slices stacked?
In which anatomical plane is the volume shown?
Is this an axial, coronal or sagittal scan?
Is this a {plane} image?
Is the image {plane}?
Are these {plane} slices?
Plane?
imaging plane?
Orientation of the slices?
What is the orientation of this CT?
What is the imaging plane of this study?
What is the slice orientation?
Name the plane of this volume.
Name the imaging plane.
Identify the plane of the scan.
Identify the orientation of the sections.
State the acquisition plane.
Tell me the plane of this image.
Tell me which plane we are looking at.
Which view is this?
What view is presented in the CT?
What is the view of this scan, {plane} or something else?
Does the stack run in the {plane} direction?
Which anatomical orientation do these images have?
Along which axis were the slices taken?
Can you determine the plane of this CT?
Could you say in which plane these sections were reconstructed?
Which of the standard planes best describes this series?
Was the series reformatted in the {plane} plane?
Is this a reformatted or an original {plane} series?
From which direction are we viewing the body?
How are the slices oriented?
What section plane am I looking at here?
The displayed sections are in which plane?
Plane of acquisition please.
`;

export const phaseQuestionLines = `
What phase is this?
What phase is the CT in?
Which contrast phase is shown?
Which phase of contrast enhancement is this?
Which phase was this scan acquired in?
In which phase was the CT taken?
Phase?
contrast phase?
Contrast or no contrast?
Is this a contrast-enhanced CT?
Is contrast present?
Was contrast given?
Was intravenous contrast administered?
Was oral contrast used in this study?
Has the patient received contrast medium?
Is this scan {phase}?
Is this the {phase} phase?
Is it in the {phase} phase?
Is the study enhanced or unenhanced?
Does the image show the {phase} phase?
Does the enhancement pattern fit a {phase} phase?
What is the contrast phase of this examination?
What is the enhancement phase?
What type of contrast phase does this image represent?
What stage of enhancement is seen in the {organ}?
What timing after injection does this volume correspond to?
Identify the contrast phase.
Name the phase of this CT.
Determine the phase of enhancement.
Tell me the phase of this scan.
State whether this is arterial, venous or delayed.
How long after contrast injection was this taken?
Which window is used here?
What window setting is used in this image?
Is this a lung window or a bone window?
Is this shown in the soft tissue window?
Which window level is applied?
Is the aorta enhanced?
Are the renal vessels opacified?
Is there excretion of contrast into the collecting system?
Can you tell from the {organ} which phase we are in?
Are we looking at a {phase} acquisition?
Judging by the vessels, what phase is it?
Is this a CT angiogram?
Is this an MRI or a CT?
What modality is this?
What is the imaging modality?
Which kind of scan is this?
What slice thickness does this series have?
How many slices does the volume have?
What kernel was used for reconstruction?
Is the image quality adequate?
Is there any {finding} degrading image quality?
Is the patient supine or prone?
What is the patient position in this scan?
Was this done with low dose?
`;

export const organQuestionLines = `
Which organ is shown?
Which organ is affected?
Which organ is abnormal?
Which organ contains the lesion?
Which organ shows {finding}?
Which organ is missing?
Which organ has been removed?
Which organ is enlarged?
Which organs are visible in this scan?
Which organ is primarily displayed?
Which structure is enlarged?
Which structure shows {finding}?
Which part of the body is shown?
Which body region is scanned?
Which body part does this CT cover?
Which anatomical region is imaged?
Which gland is enlarged?
Which vessel is dilated?
Which bone is fractured?
Which kidney is affected?
Which lung is involved?
Which lobe is involved?
Which vertebra is collapsed?
Which muscle shows {finding}?
What organ is this?
What organ is involved?
What organ is the {finding} in?
What organs can be seen?
What structure is next to the {organ}?
What structure is indicated by the bright signal?
What is the bright structure near the {organ}?
What part of the body was scanned?
What region is covered?
What body part is this?
What anatomical structure is most prominent?
In which organ is the {finding}?
In which organ does the lesion lie?
In what organ is the abnormality found?
Is the {organ} visible?
Is the {organ} present?
Is the {organ} normal?
Is the {organ} enlarged?
Is the {organ} intact?
Is the {organ} included in the field of view?
Are both kidneys present?
Are the lungs included in the scan?
Are the adrenals normal?
Has the {organ} been resected?
Has the gallbladder been removed?
Does the scan include the {organ}?
Does the {organ} look normal?
Can you see the {organ}?
Can the {organ} be identified?
Can the {organ} be assessed on this study?
How does the {organ} look?
How is the {organ}?
Identify the organ with the abnormality.
Identify the affected organ.
Name the organ that is absent.
Name the affected structure.
Name one organ visible in this volume.
Organ involved?
organ with lesion?
affected organ?
Missing organ?
The abnormality is located in which organ?
The {finding} arises from which structure?
Appearance of the {organ}?
State of the {organ}?
Any problem with the {organ}?
`;

export const abnormalityQuestionLines = `
What abnormality is seen?
What abnormality is present in the {organ}?
What abnormality is shown in the scan?
What is wrong with the {organ}?
What is the abnormality?
What is the main abnormality in this CT?
What is the lesion in the {organ}?
What is the nature of the lesion?
What is the most likely diagnosis?
What is the diagnosis?
What is the diagnosis of the mass in the {organ}?
What is the density of the lesion?
What is the attenuation of the {organ}?
What is the cause of the {finding}?
What kind of lesion is in the {organ}?
What kind of abnormality does the {organ} show?
What type of lesion is this?
What type of lesion is seen in the {place}?
What type of {finding} is seen?
What type of opacity is in the lung?
What type of fracture is visible?
What pathology is visible?
What pathology affects the {organ}?
What disease does this suggest?
What condition is suggested by the {organ}?
What finding is in the {place}?
What changes are seen in the {organ}?
What is seen in the {organ}?
What is seen in the {place}?
What does the lesion in the {organ} look like?
What stage is the tumour?
What is the shape of the lesion?
What are the margins of the mass like?
What is the enhancement pattern of the lesion?
What is the differential for the {finding}?
Which abnormality is present?
Which abnormality affects the {organ}?
Which lesion is visible in the {organ}?
Which disease is most likely?
Which finding explains the patient's pain?
Which pathology is present in the {place}?
Which type of lesion is it?
Is there {finding}?
Is there any {finding}?
Is there evidence of {finding}?
Is there a sign of {finding} in the {organ}?
Is there any abnormality in the {organ}?
Is there an abnormality?
Is there a lesion in the {organ}?
Is there a mass?
Is there a fracture?
Is {finding} present?
Is {finding} seen?
Is {finding} visible in the {organ}?
Is the {finding} malignant?
Is the lesion cystic or solid?
Is the mass benign or malignant?
Is the lesion calcified?
Is the nodule spiculated?
Is the {organ} dilated?
Is the {organ} thickened?
Is the {organ} displaced?
Is the {organ} compressed?
Is the {organ} infiltrated by the tumour?
Is this scan normal?
Is everything normal?
Is the CT normal or abnormal?
Is it cancer?
Is it a cyst?
Is it {finding}?
Is this {finding}?
Is the patient suffering from {finding}?
Are there any nodules?
Are there signs of {finding}?
Are there metastases in the {organ}?
Are there gallstones?
Are there any fractures?
Are there abnormal lymph nodes?
Are there any lesions in the {organ}?
Are the lungs clear?
Are the vessels patent?
Do you see {finding}?
Do you see any {finding} in the {organ}?
Do I have {finding}?
Do the lungs show {finding}?
Does the patient have {finding}?
Does the scan show {finding}?
Does the {organ} show {finding}?
Does this look like {finding}?
Does this CT demonstrate {finding}?
Does the {organ} enhance normally?
Does the lesion enhance?
Has the {finding} got worse?
Can you see {finding}?
Can you rule out {finding}?
Can {finding} be excluded?
Could this be {finding}?
Any {finding}?
any sign of {finding}
{finding} yes or no
{finding}?
{finding} in the {organ}?
Evidence of {finding}?
Signs of {finding}?
Presence of {finding}?
Rule out {finding}.
R/O {finding}
Check for {finding}.
Look for {finding} in the {organ}.
Identify the abnormality in the {organ}.
Identify the pathology.
Name the abnormality.
Name the disease visible in this CT.
Name the kind of lesion in the {organ}.
Tell me if there is {finding}.
Tell me whether the {organ} is normal.
Tell me what is wrong with the {organ}.
Characterise the lesion in the {organ}.
Classify the abnormality.
Abnormality?
Type of lesion?
Diagnosis?
Most likely diagnosis for the lesion in the {organ}?
I wonder whether the {organ} shows {finding}.
I would like to know whether there is any {finding}.
My doctor mentioned {finding}, is it there?
Should I be worried about the {organ}?
Would you call this {finding}?
Patient with cough, is there {finding}?
Known cancer, any {finding}?
`;
