/**
 * Words that fill the slots of the corpus: body regions, organs, findings, planes, phases and places, one a
 * line.
 */
export const regionTerms = `
chest, abdomen, abdomen and pelvis, thorax, head, neck, pelvis, brain, lumbar spine, upper abdomen, whole body, lung
`;

/** Organs and findings asked about most; they fill every second slot. */
export const everydayOrganTerms = `
liver, lung, left lung, right lung, spleen, kidney, left kidney, right kidney, heart, aorta, pancreas, gallbladder, stomach,
bladder, brain, spine, bowel, lungs, kidneys
`;

export const everydayFindingTerms = `
nodule, mass, lesion, effusion, fracture, cyst, tumour, tumor, pneumonia, stone, metastasis, hernia, bleeding, opacity,
calcification, embolism, cancer, infection, aneurysm
`;

export const organTerms = `
liver, left lung, right lung, spleen, pancreas, gallbladder, left kidney, right kidney, stomach, aorta, urinary bladder, heart,
small bowel, colon, duodenum, oesophagus, esophagus, trachea, left adrenal gland, right adrenal gland, thyroid, prostate, uterus,
ovaries, appendix, rectum, sigmoid colon, portal vein, inferior vena cava, pulmonary artery, left ventricle, right atrium,
pericardium, pleura, diaphragm, mediastinum, mesentery, peritoneum, retroperitoneum, psoas muscle, vertebral body, thoracic spine,
sacrum, ribs, sternum, clavicle, femoral head, iliac bone, common bile duct, hepatic veins, renal pelvis, ureters,
seminal vesicles, left upper lobe, right lower lobe, right middle lobe, lingula, pancreatic head, pancreatic tail, hepatic artery,
splenic vein, left breast, skull base, lateral ventricles, cerebellum, temporal lobe, orbits, paranasal sinuses, parotid gland,
larynx, hilum, airways, bronchi, lymph nodes, abdominal wall, subcutaneous fat, cortex of the kidney, IVC, SMA, RUL, LUL, RML, RLL,
LLL, CBD, renal parenchyma, liver parenchyma, heart chambers, aortic arch, ascending aorta, superior mesenteric artery,
celiac trunk, iliac arteries, renal veins, hepatic flexure, terminal ileum, caecum, jejunum, gastric wall,
gastro-oesophageal junction, cardiac silhouette, mitral valve, left atrium, carotid artery, jugular vein, vocal cords,
pituitary gland, basal ganglia, frontal lobe, ventricular system, mastoid air cells, mandible, cervical spine, lumbar vertebrae,
intervertebral disc, spinal canal, scapula, humerus, hip joint, femur, pubic bone, gluteal muscles, omentum, peritoneal cavity,
left hemidiaphragm, fissures, bladder neck, urethra, cervix, adnexa, testis, bile ducts, gallbladder wall, pancreatic duct,
splenic hilum, lung apex, lung base, lung parenchyma, pulmonary vessels, chest wall, axilla, paraspinal soft tissues, skeleton,
bones, joints
`;

export const findingTerms = `
pleural effusion, pneumothorax, lung nodule, pulmonary embolism, consolidation, ground-glass opacity, atelectasis, emphysema,
bronchiectasis, pneumonia, pericardial effusion, cardiomegaly, aortic aneurysm, aortic dissection, coronary calcification,
hiatal hernia, inguinal hernia, hepatic cyst, liver metastasis, haemangioma, cirrhosis, fatty liver, gallstones, cholecystitis,
biliary dilatation, pancreatitis, pancreatic mass, splenomegaly, splenic infarct, splenic laceration, renal cyst, kidney stone,
hydronephrosis, renal cell carcinoma, adrenal adenoma, bowel obstruction, bowel wall thickening, diverticulitis, appendicitis,
colitis, ascites, free air, free fluid, abscess, haematoma, active bleeding, lymphadenopathy, enlarged lymph nodes,
bone metastasis, compression fracture, rib fracture, degenerative changes, spinal stenosis, scoliosis, osteoporosis, lytic lesion,
sclerotic lesion, soft tissue mass, thyroid nodule, mediastinal mass, hilar enlargement, calcified granuloma, cavitary lesion,
fibrosis, honeycombing, septal thickening, tree-in-bud pattern, air trapping, interstitial lung disease, pulmonary oedema,
lung cancer, carcinoma, lymphoma, sarcoma, teratoma, abnormal enhancement, hypodense lesion, hyperdense focus, cystic lesion,
calcification, filling defect, thrombosis, portal vein thrombus, stenosis, occlusion, ischaemia, infarction,
intracranial haemorrhage, subdural haematoma, midline shift, stroke, brain tumour, sinusitis, perforation, intussusception,
volvulus, polyp, tumour, mass, metastases, foreign body, surgical clips, catheter, pacemaker, stent, chest tube, motion artefact,
metal artefact, fat stranding, oedema, pneumoperitoneum, varices, ovarian cyst, fibroid, bladder wall thickening,
enlarged prostate, urinary stone, pyelonephritis, trauma, contusion, anomaly, agenesis, PE, DVT, GGO, AAA, HCC, RCC, ILD, COPD,
SBO, TB, ARDS, CAD, SAH, SDH, tuberculosis, sarcoidosis, silicosis, asbestosis, covid-19 pneumonia, aspergillosis, empyema,
haemothorax, hydropneumothorax, lung abscess, mosaic attenuation, crazy paving, pleural thickening, pleural plaque, mesothelioma,
pulmonary hypertension, embolus, deep vein thrombosis, septic emboli, pulmonary infarct, endotracheal tube, nasogastric tube,
central venous line, drain, hip prosthesis, orthopaedic hardware, valve replacement, vascular graft, ureteral stent, gastric band,
hepatocellular carcinoma, cholangiocarcinoma, focal nodular hyperplasia, hepatic adenoma, hepatomegaly, portal hypertension,
cholelithiasis, choledocholithiasis, pneumobilia, pseudocyst, pancreatic adenocarcinoma, necrosis, adenocarcinoma,
neuroendocrine tumour, gastrointestinal stromal tumour, Crohn's disease, ulcerative colitis, ileus, hernia, bowel ischaemia,
wall thickening, intraperitoneal gas, retroperitoneal haemorrhage, ruptured spleen, splenic rupture, liver laceration,
pelvic fracture, vertebral fracture, burst fracture, dislocation, spondylolisthesis, disc herniation, osteoarthritis,
osteomyelitis, bone tumour, multiple myeloma, rheumatoid arthritis, angiomyolipoma, oncocytoma, transitional cell carcinoma,
bladder tumour, nephrolithiasis, ureteral calculus, polycystic kidney disease, renal atrophy, horseshoe kidney,
adrenal haemorrhage, phaeochromocytoma, goitre, thymoma, oesophageal tumour, achalasia, aneurysm, pseudoaneurysm, atherosclerosis,
calcified plaque, aortic rupture, vasculitis, arteriovenous malformation, epidural haematoma, subarachnoid haemorrhage,
brain metastasis, hydrocephalus, cerebral oedema, meningioma, glioblastoma, mastoiditis, swelling, inflammation, infection,
rupture, obstruction, haemorrhage, dilatation, collapse, invasion, enhancement, washout, hypodensity, nodularity, lucency
`;

export const planeTerms = `
axial, coronal, sagittal, transverse, oblique
`;

export const phaseTerms = `
arterial, portal venous, venous, delayed, non-contrast, nephrographic, excretory, unenhanced
`;

export const placeTerms = `
right upper lobe, left lower lobe, right hepatic lobe, segment VII of the liver, upper pole of the left kidney,
lower pole of the right kidney, left hemithorax, right lower quadrant, anterior mediastinum, left iliac fossa, pancreatic head,
lung bases, right side, left side, midline, upper third of the scan
`;
