SELECT ops.note_delivery(%s, %s, %s);
