-- Who may use the API off loopback. Of a token only its hash is kept.
BEGIN;

CREATE TABLE IF NOT EXISTS api_tokens (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name text NOT NULL CHECK (btrim(name) <> '' AND length(name) <= 100),
  role text NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
  token_sha256 text NOT NULL UNIQUE CHECK (token_sha256 ~ '^[0-9a-f]{64}$'),
  created_at timestamptz NOT NULL DEFAULT now(),
  created_by text NOT NULL DEFAULT session_user,
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz
);
-- A name says whose a change was, so it means one token at a time; one that is revoked gives it back.
CREATE UNIQUE INDEX IF NOT EXISTS api_tokens_name ON api_tokens (name) WHERE revoked_at IS NULL;

COMMENT ON TABLE api_tokens IS 'Bearer tokens of the API: hodei tokens create | list | revoke.';
COMMENT ON COLUMN api_tokens.token_sha256 IS 'SHA-256 of the whole token, in hexadecimal. The token itself is shown once and kept nowhere.';
COMMENT ON COLUMN api_tokens.last_used_at IS 'To the minute.';

INSERT INTO migrations (name) VALUES ('20261125180000_create_api_tokens') ON CONFLICT DO NOTHING;
COMMIT;
