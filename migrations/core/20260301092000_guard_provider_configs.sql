-- What SQL refuses, with what to write instead; what moves with an operator's change; what the services are told.
BEGIN;

-- Who is writing. Hodei's services name themselves per transaction; everybody else is an operator.
CREATE OR REPLACE FUNCTION hodei_actor() RETURNS text LANGUAGE sql STABLE AS $$
  SELECT coalesce(nullif(current_setting('hodei.actor', true), ''), 'operator')
$$;

CREATE OR REPLACE FUNCTION hodei_is_reference(value text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT value ~ '^(env:[A-Za-z_][A-Za-z0-9_]*|file:/.+)$'
$$;

-- The path of the first secret that stands inline in a configuration; NULL when there is none. Names of Kubernetes objects
-- (image_pull_secrets, service_account) and tolerations[].key are no secrets.
CREATE OR REPLACE FUNCTION hodei_inline_secret(value jsonb, path text DEFAULT '', field text DEFAULT '') RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  child record;
  found text;
  plain text;
BEGIN
  IF jsonb_typeof(value) = 'object' THEN
    FOR child IN SELECT * FROM jsonb_each(value) LOOP
      found := hodei_inline_secret(child.value, path || CASE WHEN path = '' THEN '' ELSE '.' END || child.key, child.key);
      IF found IS NOT NULL THEN RETURN found; END IF;
    END LOOP;
  ELSIF jsonb_typeof(value) = 'array' AND field <> 'image_pull_secrets' THEN
    FOR child IN SELECT e.value, e.ordinality - 1 AS i FROM jsonb_array_elements(value) WITH ORDINALITY AS e LOOP
      found := hodei_inline_secret(child.value, path || '[' || child.i || ']', field);
      IF found IS NOT NULL THEN RETURN found; END IF;
    END LOOP;
  ELSIF jsonb_typeof(value) IN ('string', 'number') THEN
    plain := value #>> '{}';
    IF plain = '' OR hodei_is_reference(plain) THEN RETURN NULL; END IF;
    IF field ~* '(passw(or)?d|passwd|passphrase|secret|token|api_?key|access_?key|private_?key|credential|authorization|bearer)'
       AND field !~* '(_name|_path|_file|_url|_uri|_arn|_seconds|_count)$' THEN
      RETURN path;
    END IF;
    IF plain ~ '-----BEGIN [A-Z ]*PRIVATE KEY-----' OR plain ~ '\m(AKIA|ASIA)[A-Z0-9]{16}\M' OR plain ~ '^[a-z][a-z0-9+.-]*://[^/@\s]*:[^/@\s]+@' THEN
      RETURN path;
    END IF;
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION hodei_is_text_map(value jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN jsonb_typeof(value) = 'object'
              THEN NOT EXISTS (SELECT 1 FROM jsonb_each(value) AS e WHERE jsonb_typeof(e.value) <> 'string') ELSE false END
$$;
CREATE OR REPLACE FUNCTION hodei_is_text_list(value jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN jsonb_typeof(value) = 'array'
              THEN NOT EXISTS (SELECT 1 FROM jsonb_array_elements(value) AS e WHERE jsonb_typeof(e) <> 'string') ELSE false END
$$;

CREATE OR REPLACE FUNCTION hodei_refuse(message text, hint text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING MESSAGE = message || '; ' || hint, HINT = hint, ERRCODE = 'check_violation';
END $$;

CREATE OR REPLACE FUNCTION hodei_check_provider() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  secret text;
BEGIN
  IF NEW.name IS NULL OR btrim(NEW.name) = '' THEN
    PERFORM hodei_refuse('name is empty', 'write a name for the provider');
  END IF;
  IF NEW.status NOT IN ('ACTIVE', 'DISABLED', 'MAINTENANCE', 'UNHEALTHY') THEN
    PERFORM hodei_refuse(format('status "%s" is unknown', NEW.status), 'write ACTIVE, DISABLED or MAINTENANCE');
  END IF;
  IF NEW.provider_type !~ '^[a-z][a-z0-9_-]*$' THEN
    PERFORM hodei_refuse(format('provider_type "%s" is not lower case', NEW.provider_type),
      format('write "%s"', regexp_replace(lower(btrim(NEW.provider_type)), '[^a-z0-9_-]+', '-', 'g')));
  END IF;
  IF NEW.max_workers < 0 THEN
    PERFORM hodei_refuse(format('max_workers %s is below 0', NEW.max_workers), 'write 0 to take no workers, or a positive number');
  END IF;
  IF NOT hodei_is_text_list(NEW.allowed_regions) THEN
    PERFORM hodei_refuse('allowed_regions is not a list of strings', 'write for example ["us-east-1"]');
  END IF;
  IF NOT hodei_is_text_map(NEW.required_labels) THEN
    PERFORM hodei_refuse('required_labels is not a map of strings', 'write for example {"environment": "production"}');
  END IF;
  IF NOT hodei_is_text_map(NEW.annotations) THEN
    PERFORM hodei_refuse('annotations is not a map of strings', 'write for example {"compliance": "soc2"}');
  END IF;
  secret := hodei_inline_secret(NEW.config);
  IF secret IS NOT NULL THEN
    PERFORM hodei_refuse(format('config.%s holds a secret', secret),
      'write where it is instead, as "env:NAME" or "file:/path"; the value itself never belongs in the database');
  END IF;
  RETURN NEW;
END $$;

-- Runs for an operator's columns only: the ledger's updates, thousands a second, fire no function at all.
CREATE OR REPLACE FUNCTION hodei_version_provider() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  by_operator boolean;
BEGIN
  by_operator := (NEW.name, NEW.provider_type, NEW.config, NEW.priority, NEW.max_workers, NEW.preferred_region, NEW.allowed_regions,
                  NEW.required_labels, NEW.annotations)
      IS DISTINCT FROM (OLD.name, OLD.provider_type, OLD.config, OLD.priority, OLD.max_workers, OLD.preferred_region, OLD.allowed_regions,
                  OLD.required_labels, OLD.annotations)
    OR (NEW.status IS DISTINCT FROM OLD.status AND hodei_actor() <> 'health');
  IF NEW.config IS DISTINCT FROM OLD.config OR NEW.provider_type IS DISTINCT FROM OLD.provider_type THEN
    NEW.config_errors := NULL;
  END IF;
  IF by_operator THEN
    NEW.generation := OLD.generation + 1;
    NEW.updated_at := now();
    INSERT INTO provider_config_history (provider_id, generation, name, provider_type, config, status, priority, max_workers,
                                         preferred_region, allowed_regions, required_labels, annotations, replaced_by)
    VALUES (OLD.id, OLD.generation, OLD.name, OLD.provider_type, OLD.config, OLD.status, OLD.priority, OLD.max_workers,
            OLD.preferred_region, OLD.allowed_regions, OLD.required_labels, OLD.annotations,
            CASE WHEN hodei_actor() = 'operator' THEN session_user::text ELSE hodei_actor() END)
    ON CONFLICT (provider_id, generation) DO NOTHING;
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION hodei_notify_provider(provider provider_configs, change text) RETURNS void LANGUAGE sql AS $$
  SELECT pg_notify('hodei_provider_changed', json_build_object(
    'provider_id', provider.id, 'name', left(provider.name, 1000), 'generation', provider.generation, 'change', change)::text)
$$;

CREATE OR REPLACE FUNCTION hodei_provider_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM hodei_notify_provider(NEW, 'created');
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION hodei_provider_updated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.generation IS DISTINCT FROM OLD.generation THEN
    PERFORM hodei_notify_provider(NEW, 'updated');
  END IF;
  RETURN NULL;
END $$;

-- An operator's word ACTIVE, even if unchanged: what was known of its health no longer counts, and it is checked now.
CREATE OR REPLACE FUNCTION hodei_provider_activated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.status = 'ACTIVE' AND hodei_actor() <> 'health' THEN
    DELETE FROM provider_health WHERE provider_id = NEW.id;
    UPDATE provider_configs SET status_reason = NULL WHERE id = NEW.id AND status_reason IS NOT NULL;
    IF NEW.generation IS NOT DISTINCT FROM OLD.generation THEN
      PERFORM hodei_notify_provider(NEW, 'updated');
    END IF;
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION hodei_provider_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  live bigint;
BEGIN
  SELECT count(*) INTO live FROM workers WHERE provider_id = OLD.id AND state IN ('REQUESTED', 'STARTING', 'RUNNING');
  IF live > 0 THEN
    PERFORM hodei_refuse(format('provider "%s" has %s live workers', OLD.name, live),
      format('drain it first: hodei providers drain "%s", or UPDATE provider_configs SET status = ''MAINTENANCE'' and wait', OLD.name));
  END IF;
  PERFORM hodei_notify_provider(OLD, 'deleted');
  RETURN OLD;
END $$;

DROP TRIGGER IF EXISTS a_check_provider_insert ON provider_configs;
CREATE TRIGGER a_check_provider_insert BEFORE INSERT ON provider_configs FOR EACH ROW EXECUTE FUNCTION hodei_check_provider();
DROP TRIGGER IF EXISTS a_check_provider_update ON provider_configs;
CREATE TRIGGER a_check_provider_update
  BEFORE UPDATE OF name, provider_type, config, status, max_workers, allowed_regions, required_labels, annotations ON provider_configs
  FOR EACH ROW EXECUTE FUNCTION hodei_check_provider();
DROP TRIGGER IF EXISTS b_version_provider ON provider_configs;
CREATE TRIGGER b_version_provider
  BEFORE UPDATE OF name, provider_type, config, status, priority, max_workers, preferred_region, allowed_regions, required_labels, annotations
  ON provider_configs FOR EACH ROW EXECUTE FUNCTION hodei_version_provider();
DROP TRIGGER IF EXISTS c_provider_inserted ON provider_configs;
CREATE TRIGGER c_provider_inserted AFTER INSERT ON provider_configs FOR EACH ROW EXECUTE FUNCTION hodei_provider_inserted();
DROP TRIGGER IF EXISTS c_provider_updated ON provider_configs;
CREATE TRIGGER c_provider_updated
  AFTER UPDATE OF name, provider_type, config, status, priority, max_workers, preferred_region, allowed_regions, required_labels, annotations
  ON provider_configs FOR EACH ROW EXECUTE FUNCTION hodei_provider_updated();
DROP TRIGGER IF EXISTS d_provider_activated ON provider_configs;
CREATE TRIGGER d_provider_activated AFTER UPDATE OF status ON provider_configs FOR EACH ROW EXECUTE FUNCTION hodei_provider_activated();
DROP TRIGGER IF EXISTS c_provider_deleted ON provider_configs;
CREATE TRIGGER c_provider_deleted BEFORE DELETE ON provider_configs FOR EACH ROW EXECUTE FUNCTION hodei_provider_deleted();

ALTER TABLE provider_configs DROP CONSTRAINT IF EXISTS provider_configs_active_workers_check;
ALTER TABLE provider_configs ADD CONSTRAINT provider_configs_active_workers_check CHECK (active_workers >= 0);

INSERT INTO migrations (name) VALUES ('20260301092000_guard_provider_configs') ON CONFLICT DO NOTHING;
COMMIT;
