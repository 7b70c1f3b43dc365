-- Whose key a sign-in code is for; it holds no longer then.
SELECT code.key_name
FROM ops.use_sign_in_code(%(code_hash)s) AS code (key_name);
