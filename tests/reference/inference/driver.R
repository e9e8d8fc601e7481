# Values of R's dfadjust 1.1 and Stata 16 on data that functions make: Rscript driver.R prints what published.json has.
# dfadjust is on CRAN only; its own test suite states these values, and Stata's (reg, cluster; reg, vce(hc2)).
library(dfadjust)

ten <- data.frame(y = 1:10, a = sin(1:10), b = sin(2:11))
print(dfadjustSE(lm(y ~ a + b, ten))$coefficients[, "df"], digits = 9)

twenty <- data.frame(y = c(cos(0:9), tan(1:10)), x = c(sin(1:10), sin(2:11)),
                     g = factor(rep(c(2, 1, 3, 2, 2, 3, 3, 1, 1, 2), 2)))
fit <- lm(y ~ x, twenty)
print(dfadjustSE(fit, clustervar = twenty$g)$coefficients, digits = 10)
print(dfadjustSE(fit)$coefficients, digits = 10)
