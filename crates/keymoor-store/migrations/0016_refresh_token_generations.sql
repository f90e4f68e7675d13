-- The refresh tokens of a grant by their generation: the one that is forgotten at each rotation is found
-- without the others, which grow with the age of the grant.

CREATE INDEX refresh_tokens_generation ON refresh_tokens (grant_id, generation);
