/**
 * Ways to ask for a radiology report, one a line: first in the manner of M3D's caption prompts, then of
 * clinicians, researchers, students and patients.
 * `{region}` is filled with a body region of the lexicon.
 */
export const reportPromptLines = `
Can you provide a caption consists of findings for this medical image?
Describe the findings of the medical image you see.
Please caption this medical scan with findings.
What is the findings of this image?
Describe this medical scan with findings.
Please write a caption consists of findings for this image.
Can you summarize with findings the images presented?
Please caption this scan with findings.
Please provide a caption consists of findings for this medical image.
Can you provide a summary consists of findings of this radiograph?
What are the findings presented in this medical scan?
Please write a caption consists of findings for this scan.
Can you provide a description consists of findings of this medical scan?
Can you provide a caption consists of findings for this medical scan?
Please generate a medical report based on this image.
Can you generate a diagnose report from this image.
Could you analyze and provide a caption for the findings in this medical image?
Please describe the observations depicted in this medical scan.
Can you summarize the findings of this image in a caption?
What are the significant findings in this medical image?
Please provide a detailed caption outlining the findings of this image.
Could you interpret and describe the findings shown in this medical scan?
What conclusions can you draw from the observations in this image?
Please write a descriptive caption based on the findings in this scan.
What key findings can you identify from examining this medical image?
Could you generate a detailed report based on the observations in this image?
Can you provide a diagnosis based on the findings in this image?
Please generate a comprehensive report summarizing the findings in this image.
Caption the findings in this medical image?
Describe the findings you see.
Caption this medical scan's findings.
What are the findings here?
Caption these findings.
Summarize the findings of this scan.
Caption the scan's findings.
Describe the findings.
Report the findings.
Findings?
Findings and impression please.
Write a radiology report for this scan.
Write the radiology report.
Write up this CT.
Write a structured report for this {region} CT.
Generate the report.
Generate a radiology report.
Generate a full report of the {region} CT with findings and impression.
Report this scan.
Report this study.
Report this CT please.
Please report.
CT report.
ct {region} report pls
Full report.
Draft a report.
Draft the findings section of the radiology report.
Draft an impression for this study.
Dictate a report for this examination.
Dictate the findings as a radiologist would.
Compose a radiological report of this examination.
Compose a short narrative report of the volume.
Produce a report in free text for the scan attached.
Produce a complete radiological description of this volume.
Prepare a written report on this CT of the {region}.
Prepare a diagnostic report from the volume.
Create a report describing everything that is visible in the CT.
Provide a radiology report.
Provide an overall impression of this CT scan.
Provide a detailed description of the {region} CT.
Provide the findings and the impression.
Give me a report of this scan.
Give me the findings.
Give me a summary of the CT.
Give a radiologist style read of this study.
Give an overview of the abnormal and normal findings in the {region}.
Give a full description of all organs in this CT.
Can I have a report on this CT?
Can you read this scan for me?
Can you read this CT and write down everything you see?
Could you write a report of the volume?
Could you please look at this CT and describe it in full?
Could you go through the {region} CT organ by organ and describe it?
I need a report for this CT.
I need the radiology report for this patient's {region} scan.
I want a written summary of the findings.
I would like a complete description of this computed tomography.
We need a preliminary report for the attached {region} CT.
Please read this study and dictate.
Please read this study.
Please interpret this CT scan.
Interpret this scan.
Interpret the images and summarise your observations.
Interpretation of this {region} CT?
Please summarise this CT.
Summarise this CT.
Summarise the scan.
Summarise what this scan shows.
Summarise the key findings in a few sentences.
Summarize the volume in one paragraph.
Summarize all abnormalities in this study in a report.
Sum up the examination.
Summary of findings.
Brief summary of this CT.
One paragraph summary of the {region} CT.
Describe this CT.
Describe this scan.
Describe the image.
Describe what you see.
Describe what you see in this scan in detail.
Describe everything visible in this volume.
Describe all findings, normal and abnormal.
Describe the {region} CT as in a radiology report.
Describe the examination in the style of a radiologist.
Describe the CT volume in your own words.
Describe this study for the referring physician.
Describe any abnormalities in the {region} in full sentences.
Tell me what you see.
Tell me what this scan shows.
Tell me everything you can about this CT.
Tell me the findings of the study.
What do you see in this scan?
What do you see?
What does this CT show?
What does the scan show overall?
What does the image reveal?
What is going on in this scan?
What can be seen in this CT volume?
What would a radiologist write about this scan?
What would your report say?
What is your impression of this CT?
What is your overall read of this study?
What are your findings and conclusion?
What are the main observations in this examination?
What are the findings in the {region} on this CT?
What is the radiological description of this scan?
Explain this scan in a report.
Explain what this CT shows, in a few paragraphs.
Explain the imaging findings of the volume.
List the findings.
List all findings in this {region} scan.
List everything abnormal and normal that you observe.
List the observations organ by organ.
Go through the scan systematically and report each organ.
Go over this study and write your interpretation.
Look at this CT and write the report.
Look at this scan and tell me what you find.
Review this CT and document the findings.
Review the {region} scan and write an impression.
Analyse this CT.
Analyze this scan and write a report.
Analyse the volume and provide a detailed description.
Examine the CT volume and note your observations.
Assess this examination and provide a structured report.
Evaluate this scan and document all relevant findings.
Document the findings of this {region} CT.
Document your observations in a structured format.
Record the findings of this examination.
Note all pertinent positive and negative findings.
Transcribe what you see into a formal report.
Turn this scan into a written report.
Text description of this CT volume.
Detailed caption for this volume.
Caption this CT.
Caption this volume.
Caption the scan in one sentence.
Image caption please.
Formal read, please.
Wet read?
Preliminary read of this {region} CT.
Impression?
Impression only, please.
Findings section only.
Overall assessment of this scan please.
Overall description of the study.
Reporting: CT {region}.
Radiology report, CT {region}, findings and impression.
Report text for this {region} CT with contrast.
As an experienced radiologist, write the report for this CT scan.
You are a radiologist. Write a report on the following CT.
Act as a radiologist and describe this volume in detail.
You are an expert in medical imaging; provide a diagnostic report for this 3D scan.
Acting as the attending, dictate findings and impression for this {region} study.
Hi, could you please take a look at this {region} CT and put together a report with findings and an impression? Thanks!
My doctor gave me this CT, please explain in plain words what it shows.
I am a resident on call and need a quick but complete write-up of this {region} CT for the team.
For the tumour board we need a concise written summary of this staging CT.
Thank you in advance for writing a thorough narrative of everything this examination demonstrates.
Please give a comprehensive description of the scan, covering lungs, heart, liver, kidneys, bowel and bones.
Read the volume from top to bottom and write a paragraph on each organ system.
Generate findings for the uploaded 3D medical image.
Generate a diagnostic caption from the volume.
Automatic report generation for this CT.
Medical report generation for this volume.
Make a report.
Make a written report of this scan for the clinical record.
Put the findings of this scan into words.
Put together a summary of this study.
Write down what the CT demonstrates.
Write down your observations.
Write an impression.
Write the findings paragraph.
Write a few sentences on what is seen in the {region}.
Write a description of the scan.
Write a clinical summary of this computed tomography study.
Narrate the study slice by slice in a report.
Deliver your radiological opinion on this study in writing.
Issue a report for the {region} CT.
Submit a reading of this examination.
Complete the report for this {region} CT scan.
Fill in the report: technique, findings, impression.
Findings: Impression:
Return the findings as text.
Output a radiology report.
Output the report text only.
Respond with a radiology report for the volume.
Answer with a full report.
Evaluation by a radiologist, in full text.
The complete text of the radiologist's report, please.
The full radiological evaluation of this exam in writing.
The radiologist's report for these slices.
The report, please.
A report, please.
A short report in plain English.
A concise but complete report in German style, written in English.
A systematic description of every organ in the scan.
A systematic review of all organs, one by one.
A careful reading of the whole data set.
A paragraph on the lungs, one on the abdomen, one on the bones.
A caption for this CT.
A caption with the findings.
A caption, please.
Caption it.
Caption?
Create a caption.
Generate a caption.
Generate a summary.
Generate findings.
Generate an impression.
Summary.
Summary please.
A summary, please.
Summarize.
Summarise, please.
Conclusion?
Conclusion of the report, please.
Impression:
Findings:
Description?
Description of the scan.
Describe.
Describe it.
Describe it in detail.
Describe, please.
Interpretation?
Read, please.
Report?
Report:
Dictation.
Start dictating.
Start the report.
Type up the report for this examination.
Type the findings.
Author the diagnostic report.
Author a description of these slices.
Compile a report.
Compile what is visible into a report.
Collect all observations into one text.
Elaborate on everything visible.
Formulate findings and impression.
Formulate the conclusion.
Furnish a description of the volume.
Render a full interpretation of these slices.
Prepare the dictation.
Prepare the text for the referring doctor.
Phrase the findings as a radiologist.
Present the case: what is seen on the CT?
Provide the text of the report.
Provide a synopsis.
Provide an interpretation.
Provide a description.
Supply a radiological report.
Send me the report on this CT.
Show me the report for this scan.
Let me know what the CT showed.
Let me know what you see on these images.
Translate the images into words.
Translate this CT into a report.
Transform this volume into a radiology report.
Convert the scan into a textual report.
From these slices, derive a complete report.
From this CT volume, write the findings.
For this CT, state the findings and the impression.
For the clinician: what does this examination show?
In a few sentences, what does this CT show?
In full sentences, describe what is visible.
In the style of a radiology report, describe the volume.
Inspect every slice and note what you find.
Look through the whole stack and write down the pathology.
Have a look at the scan and write a report.
Check the whole scan and describe all that is abnormal.
Take a look at this CT and give me your thoughts.
Take me through the scan.
What did the CT show?
What did the scan show, doctor?
What does my scan show?
What does my CT say?
What does it show?
What is on this scan?
What is on the CT?
What is in this scan?
What's the result of the CT?
What's your read?
What have you found on the CT?
What should the report say?
Results of the CT please.
Results?
My CT results in simple words, please.
Can you make sense of this scan for me?
Can you write it up?
Can you report it?
Could you dictate this one?
Would you mind reporting this study?
I would appreciate a report.
I'd like the findings in writing.
We would like to have this examination reported.
Dear radiologist, please report on the enclosed examination.
Referring physician asks for a report of this CT.
Please provide the final report.
Please provide your reading.
Please provide a radiological opinion in writing.
Please document this exam.
Please finish the report.
Exam report.
Imaging report.
Imaging findings, please.
Diagnostic report.
Scan report please, thanks.
Radiological assessment, written.
Official reading, please.
Official report.
Produce the reading.
Produce the report.
Produce a reading of this scan.
gimme a report
gimme the findings
give me a read
get me the report for this one
let me have the findings
need a report
need findings
want a report on this
reprot please
findngs please
descrbe the findings
discribe the scan
write the reprot
Which findings are there overall?
Which findings would you put in the report?
What findings do you have?
What findings would you list?
All findings.
All observations, please.
Everything you see, please.
Everything abnormal in this CT, in one text.
Anything and everything you notice on this scan.
Comment on the CT.
Comment on this study.
Statement on the scan.
Account of the examination.
Radiologist's note.
Radiology note on this CT, please.
Bullet points of the findings.
Findings in bullet points.
Tell the clinician what is seen.
Say what you see.
Say in a few words what the scan shows.
Enumerate what is normal and what is pathological.
Mention everything of note, lung by lung and organ by organ.
Spell out all that is visible, whether healthy or diseased.
Detail what you observe throughout this study.
Comment on all organs in the field of view.
Cover every finding, also incidental ones.
The whole picture please, not just one organ.
A few lines for the chart on what this study shows.
findings pls
describe finding
descripton of the ct scan
sumary of scan
report for ct scan pls
`;
