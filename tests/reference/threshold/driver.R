# Hansen's (1999) panel threshold by brute force: lm() with dummies at every candidate.
# Independent of the project's code: no partialling out, no shared cross-products.
# Run in this folder: Rscript driver.R   (R 4.5; base packages only; about two minutes)
# Writes search.csv (sum of squares by candidate), summary.csv, bootstrap.csv.
panel <- read.csv("panel.csv", colClasses = c(province_code = "character"))
resamples <- as.matrix(read.csv("resamples.csv", header = FALSE))
trim <- 0.15
level <- 0.95

candidates <- function(q) {
  values <- sort(unique(q))
  share <- sapply(values, function(v) mean(q <= v))
  values[share >= trim - 1e-12 & share <= 1 - trim + 1e-12]
}

null <- y ~ x + z + factor(province_code) + factor(year)
split <- y ~ xlow + xhigh + z + factor(province_code) + factor(year)

fit_at <- function(data, gamma) {
  data$xlow <- data$x * (data$q <= gamma)
  data$xhigh <- data$x * (data$q > gamma)
  lm(split, data)
}

grid <- candidates(panel$q)
ssr <- sapply(grid, function(g) sum(resid(fit_at(panel, g))^2))
best <- which.min(ssr)
fit <- fit_at(panel, grid[best])
errors <- matrix(resid(fit), nrow = length(unique(panel$year)))
df <- (ncol(errors) - 1) * (nrow(errors) - 1)
sigma2 <- ssr[best] / df
s0 <- sum(resid(lm(null, panel))^2)
lr <- (ssr - ssr[best]) / sigma2
inside <- grid[lr <= -2 * log(1 - sqrt(level))]
summary <- data.frame(
  threshold = grid[best], f = (s0 - ssr[best]) / sigma2, low = min(inside), high = max(inside),
  slope_low = coef(fit)["xlow"], slope_high = coef(fit)["xhigh"], slope_z = coef(fit)["z"]
)

# bootstrap on given draws of provinces
statistics <- apply(resamples, 1, function(draw) {
  simulated <- panel
  simulated$y <- as.vector(errors[, draw])
  s0 <- sum(resid(lm(null, simulated))^2)
  s1 <- min(sapply(grid, function(g) sum(resid(fit_at(simulated, g))^2)))
  (s0 - s1) / (s1 / df)
})
options(digits = 16)
write.csv(data.frame(threshold = grid, ssr = ssr, lr = lr), "search.csv", row.names = FALSE)
write.csv(summary, "summary.csv", row.names = FALSE)
write.csv(data.frame(f = statistics), "bootstrap.csv", row.names = FALSE)
