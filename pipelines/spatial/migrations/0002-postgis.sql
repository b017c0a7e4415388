-- Where PostGIS is on the server, GIS tools get a geometry column and a view over it. Nothing of the hub needs either, and
-- elsewhere this does nothing. Called again when PostGIS comes later: SELECT {schema}.enable_postgis();
CREATE FUNCTION {schema}.enable_postgis() RETURNS boolean LANGUAGE plpgsql AS $enable$
DECLARE
  home text;
BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_available_extensions WHERE name = 'postgis') THEN
    RETURN false;
  END IF;
  BEGIN
    CREATE EXTENSION IF NOT EXISTS postgis;
  EXCEPTION WHEN OTHERS THEN
    RAISE NOTICE 'there is no geometry column: % may not create the extension postgis (%). An administrator may run CREATE EXTENSION postgis; then SELECT {schema}.enable_postgis()',
      current_user, SQLERRM;
    RETURN false;
  END;
  SELECT quote_ident(n.nspname) INTO home
    FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace WHERE e.extname = 'postgis';

  -- What PostGIS cannot read is no geometry to it; it must not keep a batch from being stored.
  EXECUTE format($f$
    CREATE OR REPLACE FUNCTION {schema}.geometry_of(wkb text) RETURNS %1$s.geometry LANGUAGE plpgsql IMMUTABLE STRICT AS $g$
    BEGIN
      RETURN %1$s.ST_GeomFromWKB(decode(wkb, 'base64'), 4490);
    EXCEPTION WHEN OTHERS THEN
      RETURN NULL;
    END
    $g$$f$, home);
  EXECUTE format(
    'ALTER TABLE {schema}.golden ADD COLUMN IF NOT EXISTS geom %s.geometry(Geometry, 4490)
       GENERATED ALWAYS AS ({schema}.geometry_of(attributes->>''geometry'')) STORED', home);
  CREATE INDEX IF NOT EXISTS golden_geom ON {schema}.golden USING gist (geom) WHERE geom IS NOT NULL;

  -- Nothing personal: holders and their numbers are asked for through the catalog, which masks them.
  CREATE OR REPLACE VIEW {schema}.feed_feature_geometry AS
    SELECT g.entity_id, g.attributes->>'featureClass' AS feature_class, g.attributes->>'code' AS code,
      g.attributes->>'name' AS name, g.attributes->>'kind' AS kind, g.attributes->>'region' AS region,
      g.attributes->>'sourceCrs' AS source_crs, (g.attributes->>'computedArea')::float8 AS computed_area,
      (SELECT string_agg(DISTINCT n.rule, ' ' ORDER BY n.rule) FROM {schema}.finding AS n WHERE n.entity_id = g.entity_id) AS findings,
      g.updated_at, g.geom
    FROM {schema}.golden AS g WHERE g.geom IS NOT NULL;
  RETURN true;
END
$enable$;

SELECT {schema}.enable_postgis();
