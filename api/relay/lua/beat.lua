-- Say that a relay runs, and which stream there is.
--
-- KEYS: the stream, the beats. ARGV: the relay, beats to keep.
local last = newest(KEYS[1])
local stream = last and last.stream or ''
redis.call('XADD', KEYS[2], 'MAXLEN', ARGV[2], '*', 'stream', stream, 'relay', ARGV[1])
return answer(1, last)
