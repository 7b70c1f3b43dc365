SELECT ops.analyze_new_bars();
