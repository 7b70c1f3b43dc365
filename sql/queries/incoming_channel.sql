SELECT ops.incoming_channel() AS channel;
