-- Who changed what, whether by the API, the CLI or SQL: written in the transaction of the change, and never rewritten.
BEGIN;

CREATE TABLE IF NOT EXISTS audit_log (
  id bigserial PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  actor text NOT NULL,
  source text NOT NULL,
  action text NOT NULL,
  target text NOT NULL,
  result text NOT NULL DEFAULT 'ok',
  message text,
  before jsonb,
  after jsonb
);
CREATE INDEX IF NOT EXISTS audit_log_at ON audit_log (at DESC);
CREATE INDEX IF NOT EXISTS audit_log_target ON audit_log (target, id DESC);

COMMENT ON TABLE audit_log IS 'Every change by the API, the CLI or SQL. Append-only: rows younger than 90 days cannot be deleted, and none can be changed.';
COMMENT ON COLUMN audit_log.actor IS 'token:NAME, oidc:SUBJECT, cert:NAME or loopback; for SQL and the CLI sql:USER.';
COMMENT ON COLUMN audit_log.source IS 'The address the change came from; local = a socket of the database''s own machine.';
COMMENT ON COLUMN audit_log.result IS 'ok, or the code that the call was refused with.';
COMMENT ON COLUMN audit_log.before IS 'Of an update the changed fields only. Configurations hold references, so no secret is here.';

-- The services' own writes are no changes of an operator.
CREATE OR REPLACE FUNCTION hodei_is_service() RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT hodei_actor() IN ('registry', 'selector', 'health', 'provisioner')
$$;

-- Whoever may make the change leaves its line, with no right to the table.
CREATE OR REPLACE FUNCTION hodei_audit(action text, target text, before jsonb, after jsonb) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  INSERT INTO audit_log (actor, source, action, target, before, after)
  VALUES (CASE WHEN hodei_actor() = 'operator' THEN 'sql:' || session_user ELSE hodei_actor() END,
          coalesce(nullif(current_setting('hodei.source', true), ''), host(inet_client_addr()), 'local'),
          action, target, before, after)
$$;

CREATE OR REPLACE FUNCTION hodei_audited_columns(provider provider_configs) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_object('name', provider.name, 'provider_type', provider.provider_type, 'config', provider.config,
    'status', provider.status, 'priority', provider.priority, 'max_workers', provider.max_workers,
    'preferred_region', provider.preferred_region, 'allowed_regions', provider.allowed_regions,
    'required_labels', provider.required_labels, 'annotations', provider.annotations)
$$;

CREATE OR REPLACE FUNCTION hodei_without_equal(value jsonb, other jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(jsonb_object_agg(e.key, e.value), '{}') FROM jsonb_each(value) AS e WHERE e.value IS DISTINCT FROM other -> e.key
$$;

CREATE OR REPLACE FUNCTION hodei_audit_provider() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  was jsonb := CASE WHEN TG_OP = 'INSERT' THEN NULL ELSE hodei_audited_columns(OLD) END;
  now_is jsonb := CASE WHEN TG_OP = 'DELETE' THEN NULL ELSE hodei_audited_columns(NEW) END;
BEGIN
  IF hodei_is_service() THEN RETURN NULL; END IF;
  IF TG_OP = 'INSERT' THEN
    PERFORM hodei_audit('provider.create', NEW.name, NULL, now_is);
  ELSIF TG_OP = 'DELETE' THEN
    PERFORM hodei_audit('provider.delete', OLD.name, was, NULL);
  ELSE
    PERFORM hodei_audit('provider.update', NEW.name, hodei_without_equal(was, now_is), hodei_without_equal(now_is, was));
  END IF;
  RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS e_audit_provider_inserted ON provider_configs;
CREATE TRIGGER e_audit_provider_inserted AFTER INSERT ON provider_configs FOR EACH ROW EXECUTE FUNCTION hodei_audit_provider();
DROP TRIGGER IF EXISTS e_audit_provider_updated ON provider_configs;
CREATE TRIGGER e_audit_provider_updated
  AFTER UPDATE OF name, provider_type, config, status, priority, max_workers, preferred_region, allowed_regions, required_labels, annotations
  ON provider_configs FOR EACH ROW WHEN (NEW.generation IS DISTINCT FROM OLD.generation) EXECUTE FUNCTION hodei_audit_provider();
DROP TRIGGER IF EXISTS e_audit_provider_deleted ON provider_configs;
CREATE TRIGGER e_audit_provider_deleted AFTER DELETE ON provider_configs FOR EACH ROW EXECUTE FUNCTION hodei_audit_provider();

CREATE OR REPLACE FUNCTION hodei_audit_token() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    PERFORM hodei_audit('token.create', NEW.name, NULL, jsonb_build_object('id', NEW.id, 'role', NEW.role, 'expires_at', NEW.expires_at));
  ELSE
    PERFORM hodei_audit('token.' || CASE WHEN NEW.revoked_at IS NOT NULL AND OLD.revoked_at IS NULL THEN 'revoke' ELSE 'update' END, NEW.name,
      jsonb_build_object('id', OLD.id, 'role', OLD.role, 'expires_at', OLD.expires_at, 'revoked_at', OLD.revoked_at),
      jsonb_build_object('id', NEW.id, 'role', NEW.role, 'expires_at', NEW.expires_at, 'revoked_at', NEW.revoked_at));
  END IF;
  RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS audit_token_inserted ON api_tokens;
CREATE TRIGGER audit_token_inserted AFTER INSERT ON api_tokens FOR EACH ROW EXECUTE FUNCTION hodei_audit_token();
DROP TRIGGER IF EXISTS audit_token_updated ON api_tokens;
CREATE TRIGGER audit_token_updated AFTER UPDATE OF name, role, token_sha256, expires_at, revoked_at ON api_tokens
  FOR EACH ROW EXECUTE FUNCTION hodei_audit_token();

CREATE OR REPLACE FUNCTION hodei_keep_audit_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF OLD.at < now() - interval '90 days' THEN RETURN OLD; END IF;
  END IF;
  PERFORM hodei_refuse(format('audit_log is append-only: %s is not allowed', TG_OP),
    'to end what is old: DELETE FROM audit_log WHERE at < now() - interval ''90 days''');
  RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS keep_audit_log ON audit_log;
CREATE TRIGGER keep_audit_log BEFORE UPDATE OR DELETE ON audit_log FOR EACH ROW EXECUTE FUNCTION hodei_keep_audit_log();
DROP TRIGGER IF EXISTS keep_audit_log_whole ON audit_log;
CREATE TRIGGER keep_audit_log_whole BEFORE TRUNCATE ON audit_log FOR EACH STATEMENT EXECUTE FUNCTION hodei_keep_audit_log();

INSERT INTO migrations (name) VALUES ('20261125181000_create_audit_log') ON CONFLICT DO NOTHING;
COMMIT;
