SELECT ops.is_scheduled();
