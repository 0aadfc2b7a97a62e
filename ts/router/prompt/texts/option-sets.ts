/** Option sets that questions about a scan are closed with, one a line, options separated by "|". */
export const scanOptionLines = `
axial|coronal|sagittal|oblique
Axial|Sagittal|Coronal|Transverse
arterial phase|portal venous phase|delayed phase|non-contrast
Non-contrast|Arterial|Venous|Excretory
liver|spleen|left kidney|right kidney
Liver|Pancreas|Stomach|Gallbladder
right lung|left lung|heart|aorta
cyst|tumour|calcification|normal
Nodule|Effusion|Consolidation|No abnormality
metastasis|haemangioma|cyst|abscess
right upper lobe|right lower lobe|left upper lobe|left lower lobe
upper left|upper right|lower left|lower right
left|right|both|neither
superior|inferior|anterior|posterior
yes|no|unclear|not visible
Yes|No|-|-
Yes|No|NA|NA
present|absent|indeterminate|cannot be assessed
one|two|three|none
0|1|2|more than 2
less than 1 cm|1 to 2 cm|2 to 5 cm|more than 5 cm
5 mm|10 mm|20 mm|40 mm
Pleural effusion|Pneumothorax|Atelectasis|Emphysema
hydronephrosis|renal cyst|kidney stone|angiomyolipoma
chest|abdomen|pelvis|head
bone window|lung window|soft tissue window|brain window
aorta|inferior vena cava|portal vein|splenic artery
normal|mildly enlarged|severely enlarged|absent
higher|lower|same level|cannot tell
vessel|nodules|airway|bone
true|false|unknown|NA
Fracture|Dislocation|Degenerative change|Normal alignment
`;

/** Option sets of other subjects. */
export const otherOptionLines = `
Paris|London|Berlin|Madrid
3|4|5|6
42|56|64|72
red|blue|green|yellow
Shakespeare|Goethe|Dante|Cervantes
dog|cat|horse|cow
oxygen|nitrogen|hydrogen|carbon dioxide
1912|1945|1969|1989
yes|no|maybe|I do not know
Yes|No|NA|NA
true|false|NA|NA
Monday|Tuesday|Friday|Sunday
Python|Java|C++|Rust
Mars|Venus|Jupiter|Saturn
guitar|violin|piano|drums
sunny|rainy|cloudy|snow
foo|bar|baz|qux
asdf|qwer|zxcv|poiu
a|b|c|d
Amazon|Nile|Danube|Mississippi
pizza|pasta|salad|soup
football|tennis|chess|golf
`;

/** How options are written inside a question; `{q}` is the question, `{1}`..`{4}` the options. */
export const optionLayoutLines = `
{q} Choices: A. {1} B. {2} C. {3} D. {4}
{q} A) {1} B) {2} C) {3} D) {4}
{q} (A) {1} (B) {2} (C) {3} (D) {4}
{q} a) {1} b) {2}
{q} A) {1} B) {2}
{q} Options: {1}, {2}, {3}, {4}
{q} A: {1} B: {2} C: {3} D: {4}
{q} Choose one: {1} | {2} | {3} | {4}
{q} 1. {1} 2. {2} 3. {3} 4. {4}
{q} (a) {1} (b) {2} (c) {3}
{q} Pick the correct option. A. {1} B. {2} C. {3} D. {4}
{q} Select from the following: {1}; {2}; {3}; {4}
Multiple choice: {q} A. {1}, B. {2}, C. {3}, D. {4}
{q} A. {1} B. {2} C. {3} D. {4}
{q} Answer with the letter. A) {1} B) {2} C) {3} D) {4}
{q} [A] {1} [B] {2} [C] {3} [D] {4}
Choose the best answer. {q} a. {1} b. {2} c. {3} d. {4}
{q} 1) {1} 2) {2} 3) {3}
{q} Possible answers: {1}, {2}, {3} or {4}.
{q} Options: {1} / {2} / {3}
{q} Options: {1} or {2}
{q} ({1} / {2} / {3})
{q} Answer options: A {1}; B {2}; C {3}
{q} Choices: {1}, {2}, {3}
{q} A: {1} B: {2} C: {3}
{q} A) {1} B) {2} C) {3}
{q} A - {1}, B - {2}, C - {3}, D - {4}
{q} Which option is right? A. {1} B. {2} C. {3}
`;

/**
 * Questions that only their options tell the subject of: closed with options about a scan, of no task with
 * others.
 */
export const vagueQuestionLines = `
Which one?
Which one is it?
Which is it?
Which is right?
Which of these applies?
Which of the following is true?
Which answer is correct?
Which option fits best?
Which kind is it?
Which side?
What is it?
What is shown?
What is this?
What fits best?
What kind is this?
How large is it?
How many?
How many are there?
Where is it?
Is it there?
Pick one.
Pick the right one.
Choose.
Choose the best answer.
Select the correct option.
Answer:
Your answer?
Best choice?
Decide.
The answer is
It is a
This is
`;
