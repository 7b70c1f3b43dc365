SELECT ops.alert_fires(%s, %s, %s, %s, %s);
