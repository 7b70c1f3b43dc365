-- What all scripts begin with. They run alone, so nothing changes between two of their calls.

-- The newest entry of the stream, with its id; nil where there is none.
local function newest(key)
    local found = redis.call('XREVRANGE', key, '+', '-', 'COUNT', 1)[1]
    if not found then
        return nil
    end
    local entry = {}
    for i = 1, #found[2], 2 do
        entry[found[2][i]] = found[2][i + 1]
    end
    entry.id = found[1]
    return entry
end

-- The answer: whether it was done, and where the stream stands.
local function answer(done, entry)
    if not entry then
        return {done}
    end
    return {done, entry.id, entry.epoch or '', entry.stream or '', entry.words or '0'}
end

-- Add an entry with the id of `last`, of which the other fields are, and keep so many.
--
-- Returns an answer where that cannot be, else nil. Where somebody added a later entry and deleted
-- it, the stream takes no entry of ours any more: it is removed, and a relay starts another.
local function add(key, most, last, name, value)
    local added = redis.pcall(
        'XADD', key, 'MAXLEN', '~', most, last.id,
        name, value,
        'epoch', last.epoch, 'stream', last.stream, 'words', last.words
    )
    if not added.err then
        return nil
    elseif string.find(added.err, 'equal or smaller') then
        redis.call('DEL', key)
        return answer(0, nil)
    end
    return added
end
