// GradientChecking
