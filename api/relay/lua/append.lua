-- Add events, if they follow the newest one in the same epoch.
--
-- KEYS: the stream. ARGV: epoch, id before the first event, entries to keep, then id and payload
-- of each event. Ids are compared as text: a number of Lua would round them. Where somebody added
-- a later entry and deleted it, the stream takes no event any more, so a relay starts another.
local last = newest(KEYS[1])
if not last or last.epoch ~= ARGV[1] or string.match(last.id, '^%d+') ~= ARGV[2] then
    return answer(0, last)
end
for i = 4, #ARGV, 2 do
    last.id = ARGV[i] .. '-0'
    local added = redis.pcall(
        'XADD', KEYS[1], 'MAXLEN', '~', ARGV[3], last.id,
        'event', ARGV[i + 1],
        'epoch', last.epoch, 'stream', last.stream, 'words', last.words
    )
    if added.err and string.find(added.err, 'equal or smaller') then
        redis.call('DEL', KEYS[1])
        return answer(0, nil)
    elseif added.err then
        return added
    end
end
return answer(1, last)
