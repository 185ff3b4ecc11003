-- Generalisation: coarser values for views and extracts, where a name for a group of values says enough. The functions
-- of values are total: NULL for what has no coarser value, never an error, so that releases admit them as well [C18].
-- PUBLIC keeps EXECUTE on all of them: they read nothing but their arguments, or what the caller may read anyway.

CREATE FUNCTION health_dp.age_in_years(birth date, on_day date) RETURNS integer
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_generalisation_age_in_years';
COMMENT ON FUNCTION health_dp.age_in_years(date, date) IS
    'Whole years from birth to a day; who is born on 29 February is a year older on 1 March. NULL when the day lies '
    'before the birth, or a date outside the years 1 to 9999. Inside releases as well.';

CREATE FUNCTION health_dp.age_band(age integer, width integer DEFAULT 5, top integer DEFAULT 85) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_generalisation_age_band';
COMMENT ON FUNCTION health_dp.age_band(integer, integer, integer) IS
    'The band of an age, as in 60-64; from top on all ages are one, as in 85+. NULL for ages below 0 and above 150, and '
    'for bands that cannot be: 1 <= width <= top <= 150, with top a multiple of width. Inside releases as well.';

CREATE FUNCTION health_dp.quarter(day date) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_generalisation_quarter';
COMMENT ON FUNCTION health_dp.quarter(date) IS
    'The quarter of a date, as in 2026-Q4; NULL outside the years 1 to 9999. Inside releases as well.';

CREATE FUNCTION health_dp.quarter_start(day date) RETURNS date
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_generalisation_quarter_start';
COMMENT ON FUNCTION health_dp.quarter_start(date) IS
    'The first day of a date''s quarter; NULL outside the years 1 to 9999. Inside releases as well.';

CREATE FUNCTION health_dp.department_of(commune text) RETURNS text
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'hdp_generalisation_department_of';
COMMENT ON FUNCTION health_dp.department_of(text) IS
    'The code of the French department, or overseas collectivity, of a commune''s INSEE code of five characters: 2A of '
    '2A004, 971 of 97105. NULL for what is no such code, and for codes of places abroad. A postal code cannot be told '
    'from one. Inside releases as well.';

-- From INSEE, Code officiel géographique (open licence 2.0): 18 regions and 101 departments.

CREATE TABLE health_dp.region (
    code text PRIMARY KEY,
    name text NOT NULL);
COMMENT ON TABLE health_dp.region IS 'The regions of France: INSEE, Code officiel géographique. Public.';
COMMENT ON COLUMN health_dp.region.code IS 'INSEE''s code';
COMMENT ON COLUMN health_dp.region.name IS 'name';
REVOKE ALL ON TABLE health_dp.region FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.region TO PUBLIC;

INSERT INTO health_dp.region (code, name) VALUES
    ('01', 'Guadeloupe'), ('02', 'Martinique'), ('03', 'Guyane'), ('04', 'La Réunion'), ('06', 'Mayotte'),
    ('11', 'Île-de-France'), ('24', 'Centre-Val de Loire'), ('27', 'Bourgogne-Franche-Comté'), ('28', 'Normandie'),
    ('32', 'Hauts-de-France'), ('44', 'Grand Est'), ('52', 'Pays de la Loire'), ('53', 'Bretagne'),
    ('75', 'Nouvelle-Aquitaine'), ('76', 'Occitanie'), ('84', 'Auvergne-Rhône-Alpes'),
    ('93', 'Provence-Alpes-Côte d''Azur'), ('94', 'Corse');

CREATE TABLE health_dp.department (
    code text PRIMARY KEY,
    name text NOT NULL,
    region text NOT NULL REFERENCES health_dp.region);
COMMENT ON TABLE health_dp.department IS 'The departments of France: INSEE, Code officiel géographique. Public.';
COMMENT ON COLUMN health_dp.department.code IS 'INSEE''s code, as of department_of()';
COMMENT ON COLUMN health_dp.department.name IS 'name';
COMMENT ON COLUMN health_dp.department.region IS 'code of its region; codes of regions and departments overlap';
REVOKE ALL ON TABLE health_dp.department FROM PUBLIC;
GRANT SELECT ON TABLE health_dp.department TO PUBLIC;

INSERT INTO health_dp.department (code, name, region) VALUES
    ('01', 'Ain', '84'), ('02', 'Aisne', '32'), ('03', 'Allier', '84'), ('04', 'Alpes-de-Haute-Provence', '93'),
    ('05', 'Hautes-Alpes', '93'), ('06', 'Alpes-Maritimes', '93'), ('07', 'Ardèche', '84'), ('08', 'Ardennes', '44'),
    ('09', 'Ariège', '76'), ('10', 'Aube', '44'), ('11', 'Aude', '76'), ('12', 'Aveyron', '76'),
    ('13', 'Bouches-du-Rhône', '93'), ('14', 'Calvados', '28'), ('15', 'Cantal', '84'), ('16', 'Charente', '75'),
    ('17', 'Charente-Maritime', '75'), ('18', 'Cher', '24'), ('19', 'Corrèze', '75'), ('21', 'Côte-d''Or', '27'),
    ('22', 'Côtes-d''Armor', '53'), ('23', 'Creuse', '75'), ('24', 'Dordogne', '75'), ('25', 'Doubs', '27'),
    ('26', 'Drôme', '84'), ('27', 'Eure', '28'), ('28', 'Eure-et-Loir', '24'), ('29', 'Finistère', '53'),
    ('2A', 'Corse-du-Sud', '94'), ('2B', 'Haute-Corse', '94'), ('30', 'Gard', '76'), ('31', 'Haute-Garonne', '76'),
    ('32', 'Gers', '76'), ('33', 'Gironde', '75'), ('34', 'Hérault', '76'), ('35', 'Ille-et-Vilaine', '53'),
    ('36', 'Indre', '24'), ('37', 'Indre-et-Loire', '24'), ('38', 'Isère', '84'), ('39', 'Jura', '27'),
    ('40', 'Landes', '75'), ('41', 'Loir-et-Cher', '24'), ('42', 'Loire', '84'), ('43', 'Haute-Loire', '84'),
    ('44', 'Loire-Atlantique', '52'), ('45', 'Loiret', '24'), ('46', 'Lot', '76'), ('47', 'Lot-et-Garonne', '75'),
    ('48', 'Lozère', '76'), ('49', 'Maine-et-Loire', '52'), ('50', 'Manche', '28'), ('51', 'Marne', '44'),
    ('52', 'Haute-Marne', '44'), ('53', 'Mayenne', '52'), ('54', 'Meurthe-et-Moselle', '44'), ('55', 'Meuse', '44'),
    ('56', 'Morbihan', '53'), ('57', 'Moselle', '44'), ('58', 'Nièvre', '27'), ('59', 'Nord', '32'),
    ('60', 'Oise', '32'), ('61', 'Orne', '28'), ('62', 'Pas-de-Calais', '32'), ('63', 'Puy-de-Dôme', '84'),
    ('64', 'Pyrénées-Atlantiques', '75'), ('65', 'Hautes-Pyrénées', '76'), ('66', 'Pyrénées-Orientales', '76'),
    ('67', 'Bas-Rhin', '44'), ('68', 'Haut-Rhin', '44'), ('69', 'Rhône', '84'), ('70', 'Haute-Saône', '27'),
    ('71', 'Saône-et-Loire', '27'), ('72', 'Sarthe', '52'), ('73', 'Savoie', '84'), ('74', 'Haute-Savoie', '84'),
    ('75', 'Paris', '11'), ('76', 'Seine-Maritime', '28'), ('77', 'Seine-et-Marne', '11'), ('78', 'Yvelines', '11'),
    ('79', 'Deux-Sèvres', '75'), ('80', 'Somme', '32'), ('81', 'Tarn', '76'), ('82', 'Tarn-et-Garonne', '76'),
    ('83', 'Var', '93'), ('84', 'Vaucluse', '93'), ('85', 'Vendée', '52'), ('86', 'Vienne', '75'),
    ('87', 'Haute-Vienne', '75'), ('88', 'Vosges', '44'), ('89', 'Yonne', '27'),
    ('90', 'Territoire de Belfort', '27'), ('91', 'Essonne', '11'), ('92', 'Hauts-de-Seine', '11'),
    ('93', 'Seine-Saint-Denis', '11'), ('94', 'Val-de-Marne', '11'), ('95', 'Val-d''Oise', '11'),
    ('971', 'Guadeloupe', '01'), ('972', 'Martinique', '02'), ('973', 'Guyane', '03'), ('974', 'La Réunion', '04'),
    ('976', 'Mayotte', '06');

-- The label's provider is there: the functions above have loaded the library.
SELECT health_dp.declare_public('health_dp.region'), health_dp.declare_public('health_dp.department');

CREATE FUNCTION health_dp.generalise(code text, hierarchy regclass, levels integer DEFAULT 1, parent name DEFAULT 'parent')
    RETURNS text
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    reached text := code;
    above text;
    found bigint;
BEGIN
    IF levels NOT BETWEEN 1 AND 100 THEN
        RAISE EXCEPTION USING ERRCODE = 'ZD640',
            MESSAGE = format('a code cannot be generalised by %s levels', levels),
            HINT = 'Give 1 to 100 levels.';
    END IF;
    FOR level IN 1 .. levels LOOP
        -- Compared as text: a hierarchy may hold numbers.
        EXECUTE format('SELECT count(*), min(h.%I::text) FROM %s h WHERE h.code::text = $1', parent, hierarchy)
            INTO found, above USING reached;
        IF found > 1 THEN
            -- Never the code: it may be a patient's.
            RAISE EXCEPTION USING ERRCODE = 'ZD641',
                MESSAGE = format('a code of table %s has several rows', hierarchy),
                HINT = 'Give every code one: ALTER TABLE ... ADD PRIMARY KEY (code).';
        END IF;
        IF found = 0 THEN
            RETURN NULL;
        END IF;
        EXIT WHEN above IS NULL;
        reached := above;
    END LOOP;
    RETURN reached;
END
$$;
COMMENT ON FUNCTION health_dp.generalise(text, regclass, integer, name) IS
    'The code some levels above in a table with columns code and parent, or another column that is named: '
    'generalise(''69'', ''health_dp.department'', parent => ''region''). The topmost code, whose parent is null, stays what '
    'it is; unknown codes give NULL. More than one level needs parents that are codes of the same table. Not inside '
    'releases: join the table there.';
