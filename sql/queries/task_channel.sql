SELECT ops.task_channel() AS channel;
