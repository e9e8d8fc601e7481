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

formulas <- list(
  both = list(
    null = y ~ x + z + factor(province_code) + factor(year),
    split = y ~ xlow + xhigh + z + factor(province_code) + factor(year)
  ),
  hansen = list(
    null = y ~ x + z + factor(province_code),
    split = y ~ xlow + xhigh + z + factor(province_code)
  )
)

ssr_at <- function(data, gamma, formula) {
  data$xlow <- data$x * (data$q <= gamma)
  data$xhigh <- data$x * (data$q > gamma)
  lm(formula, data)
}

search_rows <- list()
summary_rows <- list()
for (model in names(formulas)) {
  f <- formulas[[model]]
  grid <- candidates(panel$q)
  ssr <- sapply(grid, function(g) sum(resid(ssr_at(panel, g, f$split))^2))
  best <- which.min(ssr)
  n <- length(unique(panel$province_code))
  t <- length(unique(panel$year))
  df <- if (model == "both") (n - 1) * (t - 1) else n * (t - 1)
  sigma2 <- ssr[best] / df
  s0 <- sum(resid(lm(f$null, panel))^2)
  fit <- ssr_at(panel, grid[best], f$split)
  lr <- (ssr - ssr[best]) / sigma2
  inside <- grid[lr <= -2 * log(1 - sqrt(level))]
  search_rows[[model]] <- data.frame(model = model, threshold = grid, ssr = ssr, lr = lr)
  summary_rows[[model]] <- data.frame(
    model = model, threshold = grid[best], f = (s0 - ssr[best]) / sigma2, sigma2 = sigma2,
    low = min(inside), high = max(inside),
    slope_low = coef(fit)["xlow"], slope_high = coef(fit)["xhigh"], slope_z = coef(fit)["z"]
  )
}

# bootstrap of the model with both effects on given draws of provinces
f <- formulas$both
grid <- candidates(panel$q)
fit <- ssr_at(panel, summary_rows$both$threshold, f$split)
errors <- matrix(resid(fit), nrow = length(unique(panel$year)))
df <- (ncol(errors) - 1) * (nrow(errors) - 1)
statistics <- apply(resamples, 1, function(draw) {
  simulated <- panel
  simulated$y <- as.vector(errors[, draw])
  s0 <- sum(resid(lm(f$null, simulated))^2)
  s1 <- min(sapply(grid, function(g) sum(resid(ssr_at(simulated, g, f$split))^2)))
  (s0 - s1) / (s1 / df)
})
options(digits = 16)
write.csv(do.call(rbind, search_rows), "search.csv", row.names = FALSE)
write.csv(do.call(rbind, summary_rows), "summary.csv", row.names = FALSE)
write.csv(data.frame(f = statistics), "bootstrap.csv", row.names = FALSE)
