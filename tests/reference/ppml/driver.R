# Poisson regression with dummies and clustered covariances. Run in this folder: Rscript driver.R
# (R 4.5, sandwich 3.1). Writes output.csv.
library(sandwich)
panel <- read.csv("panel.csv", colClasses = c(province_code = "character"))
fit <- glm(y ~ x1 + x2 + factor(province_code) + factor(year), quasipoisson, panel,
           control = glm.control(epsilon = 1e-14, maxit = 200))
# glm() keeps the weights of the step before the last: start again at the solution
fit <- update(fit, start = coef(fit))
terms <- c("x1", "x2")
v <- vcovCL(fit, cluster = panel$province_code, type = "HC0", cadjust = FALSE)
options(digits = 16)
rows <- data.frame(term = terms, estimate = coef(fit)[terms], std_error = sqrt(diag(v))[terms])
write.csv(rows, "output.csv", row.names = FALSE)
