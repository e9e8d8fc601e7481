"""From a frozen release to the arrays an estimator takes: specs, variables, samples."""
