-- Note what a look at an alert found; whether it fired.
SELECT ops.note_alert(
    %(alert)s, %(set_at)s, %(symbol)s, %(event)s, %(at)s, %(rows)s::text::jsonb, %(error)s::text
);
