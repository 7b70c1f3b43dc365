-- Add events, if they follow the newest one in the same epoch.
--
-- KEYS: the stream. ARGV: epoch, id before the first event, entries to keep, then id and payload
-- of each event. Ids are compared as text: a number of Lua would round them.
local last = newest(KEYS[1])
if not last or last.epoch ~= ARGV[1] or string.match(last.id, '^%d+') ~= ARGV[2] then
    return answer(0, last)
end
for i = 4, #ARGV, 2 do
    last.id = ARGV[i] .. '-0'
    local failed = add(KEYS[1], ARGV[3], last, 'event', ARGV[i + 1])
    if failed then
        return failed
    end
end
return answer(1, last)
