SELECT ops.note_whole_chains(%s, %s);
