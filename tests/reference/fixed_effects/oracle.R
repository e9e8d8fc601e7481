# Stored answers of plm, sandwich, clubSandwich and lm for the fixed-effects tests.
# Run from this folder: Rscript oracle.R   (writes inputs/*.csv and oracle.json)
# R 4.5, plm 2.6.5, sandwich 3.1.1, clubSandwich 0.5.11, lmtest 0.9.40.
suppressMessages({
  library(plm); library(sandwich); library(clubSandwich); library(lmtest); library(jsonlite)
})
options(digits = 17)
dir.create("inputs", showWarnings = FALSE)

save_input <- function(frame, name) {
  write.csv(format(frame, digits = 17, trim = TRUE), sprintf("inputs/%s.csv", name),
            row.names = FALSE, quote = FALSE)
  read.csv(sprintf("inputs/%s.csv", name), colClasses = c(unit = "character"))
}

data("Grunfeld", package = "plm"); data("Produc", package = "plm")
data("PetersenCL", package = "sandwich")
grunfeld <- save_input(data.frame(unit = sprintf("%06d", as.integer(Grunfeld$firm)),
  year = Grunfeld$year, y = Grunfeld$inv, a = Grunfeld$value, b = Grunfeld$capital), "grunfeld")
produc <- save_input(data.frame(unit = gsub(" ", "_", as.character(Produc$state)),
  year = Produc$year, y = log(Produc$gsp), a = log(Produc$pcap), b = log(Produc$pc),
  c = log(Produc$emp), d = Produc$unemp, region = as.character(Produc$region)), "produc")

# unbalanced, heteroskedastic, with one factor; units enter late and leave early
set.seed(20261125)
full <- expand.grid(year = 2008:2018, unit = sprintf("%06d", 1:17))[, 2:1]
n <- nrow(full); i <- as.integer(factor(full$unit)); t <- full$year - 2007
f <- cumsum(rnorm(11)); load <- rnorm(17)
full$a <- rnorm(17)[i] + 0.5 * f[t] + rnorm(n)
full$b <- 0.4 * full$a + rnorm(11)[t] + rchisq(n, 3)
full$c <- rnorm(n) * (1 + i / 10)
full$y <- 2 + full$a - 0.5 * full$b + rnorm(17)[i] + load[i] * f[t] + rnorm(n) * (0.5 + abs(full$a))
full$region <- c("E", "C", "W")[1 + (i %% 3)]
keep <- runif(n) > 0.18 & !(i == 3 & t < 6) & !(i == 9 & t > 4)
unbalanced <- save_input(full[keep, c("unit", "year", "y", "a", "b", "c", "region")], "unbalanced")
petersen <- save_input(data.frame(unit = sprintf("%06d", PetersenCL$firm),
  year = PetersenCL$year, y = PetersenCL$y, a = PetersenCL$x), "petersen")

mat <- function(m) unname(as.matrix(unclass(m))[, , drop = FALSE])
terms_of <- list(grunfeld = c("a", "b"), produc = c("a", "b", "c", "d"),
                 unbalanced = c("a", "b", "c"), petersen = "a")

oracle <- function(d, terms) {
  form <- reformulate(terms, "y")
  p <- plm(form, data = d, index = c("unit", "year"), model = "within", effect = "twoways")
  k <- length(terms)
  out <- list(terms = terms, coef = unname(coef(p)), n = nobs(p),
    r2_two_way = unname(summary(p)$r.squared["rsq"]))
  for (g in c("group", "time"))
    out[[paste("plm_hc_HC0", g, sep = "_")]] <- mat(vcovHC(p, "arellano", type = "HC0", cluster = g))
  out$plm_dc_HC0 <- mat(vcovDC(p, type = "HC0"))
  # Driscoll and Kraay with two years of lags, under each set of effects
  for (e in c("individual", "time", "twoways")) {
    own <- plm(form, data = d, index = c("unit", "year"), model = "within", effect = e)
    out[[paste("plm_scc", e, sep = "_")]] <- mat(vcovSCC(own, type = "HC0", maxlag = 2))
  }
  if (pdim(p)$balanced) {
    out$constant <- as.numeric(within_intercept(p))
    out$constant_se_group <- attr(within_intercept(p,
      vcov = function(x) vcovHC(x, "arellano", type = "HC0")), "se")
  }
  if (nlevels(factor(d$unit)) < 100) {
    # regression with all dummies: R2 with the effects counted
    s <- summary(lm(reformulate(c(terms, "factor(unit)", "factor(year)"), "y"), d))
    out$r2_inclusive <- s$r.squared
    out$r2_effects <- summary(lm(y ~ factor(unit) + factor(year), d))$r.squared
    u <- plm(reformulate(c(terms, "factor(year)"), "y"), d, index = c("unit", "year"),
             model = "within", effect = "individual")
    out$r2_xtreg <- unname(summary(u)$r.squared["rsq"])
    out$r2_overall <- cor(d$y, as.matrix(d[, terms, drop = FALSE]) %*% coef(p))[1]^2
    # CR3 as (I-H)^-1: year dummies must be in H, units are nested in the cluster and are not
    dev <- function(v) v - ave(v, d$unit)
    years <- model.matrix(~ 0 + factor(year), d)[, -1]
    w <- data.frame(y = dev(d$y), sapply(d[terms], dev), apply(years, 2, dev))
    lw <- lm(y ~ . - 1, w)
    out$cr3_unit <- mat(vcovCR(lw, cluster = factor(d$unit), type = "CR3")[1:k, 1:k])
    # and as an actual jackknife, one plm without each unit
    shifts <- sapply(unique(d$unit), function(g) {
      coef(plm(form, d[d$unit != g, ], index = c("unit", "year"), model = "within",
               effect = "twoways")) - coef(p)
    })
    shifts <- matrix(shifts, nrow = k)
    g <- ncol(shifts)
    out$jackknife_unit <- (g - 1) / g * shifts %*% t(shifts)
    # variance inflation on demeaned regressors
    if (k > 1) {
      r <- cor(model.matrix(p, cstcovar.rm = "all"))
      out$vif <- unname(diag(solve(r)))
    }
    # Wooldridge's first-difference test, year effects among the regressors
    if (!any(diff(d$year)[diff(as.integer(factor(d$unit))) == 0] != 1)) {
      fd <- plm(reformulate(c(terms, "factor(year)"), "y"), d, index = c("unit", "year"),
                model = "fd")
      h <- pwfdtest(fd, h0 = "fe")
      out$wooldridge_fd <- c(unname(h$statistic), h$p.value, unname(h$parameter[2]))
    }
    # Mundlak: province means of regressors, and of year dummies where they differ
    means <- sapply(d[terms], function(v) ave(v, d$unit))
    colnames(means) <- paste0("mean_", terms)
    dummies <- model.matrix(~ 0 + factor(year), d)[, -1]
    shares <- apply(dummies, 2, function(v) ave(v, d$unit))
    m <- cbind(as.matrix(d[terms]), means, dummies)
    if (max(apply(shares, 2, sd)) > 1e-9) m <- cbind(m, shares)
    l <- lm(d$y ~ m)
    keep <- which(!is.na(coef(l)))
    V <- vcovCL(l, cluster = d$unit, type = "HC1")
    at <- match(paste0("mmean_", terms), names(coef(l)[keep]))
    b <- coef(l)[keep][at]
    V <- V[at, at, drop = FALSE]
    out$mundlak <- list(f = c(t(b) %*% solve(V) %*% b) / k, between = unname(b))
  }
  out
}

answers <- lapply(names(terms_of), function(name) oracle(get(name), terms_of[[name]]))
names(answers) <- names(terms_of)

write_json(answers, "oracle.json", digits = NA, auto_unbox = TRUE, matrix = "rowmajor")
