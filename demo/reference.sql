-- Public code lists: nothing in them comes from a patient.
CREATE SCHEMA ref;
COMMENT ON SCHEMA ref IS 'public code lists: free of personal data';

-- Shares of boxes by region of residence: Open Medic 2025 (Assurance Maladie, aggregate open data), rounded.
CREATE TABLE ref.region (region smallint PRIMARY KEY, name text NOT NULL);
INSERT INTO ref.region VALUES
    (5, 'Outre-mer'), (11, 'Île-de-France'), (24, 'Centre-Val de Loire'), (27, 'Bourgogne-Franche-Comté'),
    (28, 'Normandie'), (32, 'Hauts-de-France'), (44, 'Grand Est'), (52, 'Pays de la Loire'), (53, 'Bretagne'),
    (75, 'Nouvelle-Aquitaine'), (76, 'Occitanie'), (84, 'Auvergne-Rhône-Alpes'), (93, 'PACA et Corse');

CREATE TABLE ref.hospital (hospital text PRIMARY KEY, name text NOT NULL, region smallint NOT NULL REFERENCES ref.region);
INSERT INTO ref.hospital VALUES
    ('hcl', 'Hospices civils de Lyon', 84), ('clb', 'Centre Léon Bérard', 84),
    ('chru_nancy', 'CHRU de Nancy', 44), ('saint_joseph', 'Hôpital Saint-Joseph', 11);

-- Drugs by ATC code, their class for pharmaco-epidemiology, and a price of a box in euros (order of magnitude of
-- Open Medic 2025: reimbursement base over boxes).
CREATE TABLE ref.atc (atc text PRIMARY KEY, substance text NOT NULL, class text NOT NULL, price numeric(7, 2) NOT NULL);
INSERT INTO ref.atc VALUES
    ('B01AA02', 'fluindione', 'VKA', 6.10), ('B01AA03', 'warfarine', 'VKA', 5.60), ('B01AA07', 'acénocoumarol', 'VKA', 3.80),
    ('B01AE07', 'dabigatran', 'DOAC', 58.00), ('B01AF01', 'rivaroxaban', 'DOAC', 54.00), ('B01AF02', 'apixaban', 'DOAC', 59.20),
    ('M01AE01', 'ibuprofène', 'NSAID', 2.70), ('M01AE03', 'kétoprofène', 'NSAID', 3.60), ('M01AB05', 'diclofénac', 'NSAID', 2.90),
    ('N02BE01', 'paracétamol', 'paracetamol', 1.20),
    ('A02BC01', 'oméprazole', 'other', 3.50), ('A10BA02', 'metformine', 'other', 3.90), ('C07AB07', 'bisoprolol', 'other', 3.30),
    ('C09AA05', 'ramipril', 'other', 4.80), ('C10AA05', 'atorvastatine', 'other', 8.90), ('H03AA01', 'lévothyroxine', 'other', 2.60),
    ('J01CA04', 'amoxicilline', 'other', 3.10), ('N05BA12', 'alprazolam', 'other', 1.90), ('N06AB06', 'sertraline', 'other', 5.20),
    ('R03AC02', 'salbutamol', 'other', 4.00);

-- Main diagnoses of a stay, ICD-10. The gastrointestinal bleeds are those of the EMC2 question.
CREATE TABLE ref.diagnosis (diagnosis text PRIMARY KEY, label text NOT NULL, gi_bleed boolean NOT NULL);
INSERT INTO ref.diagnosis VALUES
    ('K92.0', 'Hématémèse', true), ('K92.1', 'Méléna', true), ('K92.2', 'Hémorragie gastro-intestinale, SAI', true),
    ('K25.0', 'Ulcère de l''estomac, aigu avec hémorragie', true),
    ('K25.4', 'Ulcère de l''estomac, chronique avec hémorragie', true),
    ('K26.0', 'Ulcère du duodénum, aigu avec hémorragie', true),
    ('I48.9', 'Fibrillation et flutter auriculaires', false), ('I50.1', 'Insuffisance ventriculaire gauche', false),
    ('I21.9', 'Infarctus aigu du myocarde', false), ('I63.9', 'Infarctus cérébral', false),
    ('J18.9', 'Pneumopathie', false), ('J44.1', 'BPCO avec poussée aiguë', false), ('E11.9', 'Diabète de type 2', false),
    ('C50.9', 'Tumeur maligne du sein', false), ('C34.9', 'Tumeur maligne des bronches', false),
    ('Z51.1', 'Séance de chimiothérapie', false), ('S72.0', 'Fracture du col du fémur', false),
    ('M16.1', 'Coxarthrose', false), ('H25.1', 'Cataracte nucléaire sénile', false), ('K80.2', 'Calcul de la vésicule', false),
    ('N18.5', 'Maladie rénale chronique, stade 5', false), ('O80.0', 'Accouchement spontané', false),
    ('F32.2', 'Épisode dépressif sévère', false), ('R07.4', 'Douleur thoracique', false);

CREATE TABLE ref.calendar (day date PRIMARY KEY, quarter text NOT NULL);
INSERT INTO ref.calendar
SELECT day::date, to_char(day, 'YYYY"-Q"Q') FROM generate_series('2022-01-01'::date, '2024-12-31', interval '1 day') AS day;

ANALYZE ref.region, ref.hospital, ref.atc, ref.diagnosis, ref.calendar;
