SELECT ops.alert_reads_for(%s);
