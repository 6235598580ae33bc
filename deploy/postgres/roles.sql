-- A role for each service: all may read, each writes what is its own (docs/operations/deploy.md). Run it as the owner of the tables after
-- each migration; safe to run again. Passwords are set apart from it: ALTER ROLE hodei_selector PASSWORD '…'.
BEGIN;

DO $$
DECLARE
  service text;
BEGIN
  FOREACH service IN ARRAY ARRAY['hodei_registry', 'hodei_selector', 'hodei_health', 'hodei_provisioner'] LOOP
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = service) THEN
      EXECUTE format('CREATE ROLE %I LOGIN', service);
    END IF;
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), service);
    -- What an earlier version granted and this one does not.
    EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA public FROM %I', service);
    EXECUTE format('REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM %I', service);
    EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', service);
    EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA public TO %I', service);
  END LOOP;
END $$;

-- What operators and callers of the API ask for: providers with their history (a change begins their health anew), and waiting jobs. Whether
-- a configuration is valid, and which types there are.
GRANT INSERT, DELETE, UPDATE (name, provider_type, config, status, priority, max_workers, preferred_region, allowed_regions, required_labels,
  annotations, status_reason, config_errors) ON provider_configs TO hodei_registry;
GRANT INSERT ON provider_config_history TO hodei_registry;
GRANT USAGE ON SEQUENCE provider_config_history_id_seq TO hodei_registry;
GRANT DELETE ON provider_health TO hodei_registry;
GRANT INSERT, UPDATE, DELETE ON provider_types TO hodei_registry;
GRANT INSERT ON jobs TO hodei_registry;
-- Tokens are the registry's alone, though they are stored hashed.
REVOKE SELECT ON api_tokens FROM hodei_selector, hodei_health, hodei_provisioner;
GRANT INSERT, UPDATE ON api_tokens TO hodei_registry;
-- Who may use its API. Hashes of tokens are nobody else's to read.
REVOKE SELECT ON api_tokens FROM hodei_selector, hodei_health, hodei_provisioner;
GRANT INSERT, UPDATE (last_used_at, revoked_at) ON api_tokens TO hodei_registry;
GRANT INSERT, DELETE ON audit_log TO hodei_registry;
GRANT USAGE ON SEQUENCE audit_log_id_seq TO hodei_registry;
GRANT INSERT, UPDATE ON leases TO hodei_registry;

-- Jobs, the ledger and what follows from it.
GRANT INSERT, UPDATE ON jobs, workers TO hodei_selector;
-- It archives finished jobs. The archive's tables are made and dropped by two functions with their owner's rights, and nothing in them is changed.
GRANT DELETE ON jobs, workers TO hodei_selector;
GRANT INSERT ON jobs_archive, workers_archive, placements_archive TO hodei_selector;
GRANT EXECUTE ON FUNCTION hodei_make_archive_days, hodei_drop_archive_days TO hodei_selector;
GRANT INSERT, UPDATE, DELETE ON placements, leases TO hodei_selector;
GRANT INSERT ON dead_letters TO hodei_selector;
GRANT USAGE ON SEQUENCE dead_letters_id_seq TO hodei_selector;
GRANT UPDATE (active_workers, reserved_cpu_millis, reserved_memory_bytes, reserved_gpu, ledger_version) ON provider_configs TO hodei_selector;

-- What is known of a provider's health, and what follows for its status.
GRANT INSERT, UPDATE, DELETE ON provider_health, provider_health_checks TO hodei_health;
GRANT USAGE ON SEQUENCE provider_health_checks_id_seq TO hodei_health;
GRANT UPDATE (status, status_reason, capabilities) ON provider_configs TO hodei_health;

-- Who has a worker. Its state is the selector's.
GRANT UPDATE (claimed_by, claim_expires_at, resource_id) ON workers TO hodei_provisioner;
GRANT INSERT, UPDATE, DELETE ON leases TO hodei_provisioner;

COMMIT;
