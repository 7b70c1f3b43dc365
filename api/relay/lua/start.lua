-- Start a new stream after an event, if the old one is still as the caller saw it.
--
-- KEYS: the stream, the beats. ARGV: id and name of the stream seen (or two empty texts), epoch,
-- id, the new stream's name, reason, beats to keep. The beat wakes those who wait for entries of
-- the old stream, which may have been ahead of the new one.
local last = newest(KEYS[1])
local seen = last or {id = '', stream = ''}
if seen.id ~= ARGV[1] or (seen.stream or '') ~= ARGV[2] then
    return answer(0, last)
end
local first = {id = ARGV[4] .. '-1', epoch = ARGV[3], stream = ARGV[5], words = '0'}
redis.call('DEL', KEYS[1])
redis.call(
    'XADD', KEYS[1], first.id,
    'start', ARGV[6],
    'epoch', first.epoch, 'stream', first.stream, 'words', first.words
)
redis.call('XADD', KEYS[2], 'MAXLEN', ARGV[7], '*', 'stream', first.stream)
return answer(1, first)
