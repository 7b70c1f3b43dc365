SELECT max(instrument.clock) FROM fo.instrument AS instrument;
