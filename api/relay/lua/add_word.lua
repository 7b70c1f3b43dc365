-- Add a word about a change that no event tells of. Each entry says how many words there were.
--
-- KEYS: the stream. ARGV: the word, entries to keep.
local last = newest(KEYS[1])
if not last or not last.words then
    return answer(0, last)
end
local id, place = string.match(last.id, '^(%d+)-(%d+)$')
last.id = string.format('%s-%d', id, place + 1)
last.words = string.format('%d', last.words + 1)
return add(KEYS[1], ARGV[2], last, 'word', ARGV[1]) or answer(1, last)
