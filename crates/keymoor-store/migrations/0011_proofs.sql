-- When somebody proved at the provider who they are, where it said so: a return without being asked
-- is a sign-in, but no proof.
ALTER TABLE session_sign_ins ADD COLUMN proved_at BIGINT;
