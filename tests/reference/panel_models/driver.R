# Panel models by R: Rscript driver.R, in this folder. Writes expected.csv: model, vcov, term, estimate, std_error.
suppressMessages({library(plm); library(AER); library(sandwich); library(lmtest); library(survival)})
d <- read.csv("panel.csv"); b <- d[d$balanced == 1, ]
p <- pdata.frame(d, index = c("unit", "year")); pb <- pdata.frame(b, index = c("unit", "year"))
out <- list()
put <- function(model, vcov, est, V) {
  V <- as.matrix(V); keep <- names(est)[!grepl("^factor", names(est))]
  se <- sqrt(diag(V))[match(keep, rownames(V))]
  out[[length(out) + 1]] <<- data.frame(model = model, vcov = vcov,
    term = sub("\\(Intercept\\)|\\(intercept\\)", "constant", keep), estimate = est[keep], std_error = se)
}
say <- function(model, name, value) out[[length(out) + 1]] <<- data.frame(model = model, vcov = "",
  term = name, estimate = unname(value), std_error = NA)
# least squares with dummies: HC0 to HC3, clusters of sandwich, R2
lsdv <- lm(y ~ x + w + factor(unit) + factor(year), d)
for (h in c("HC0", "HC1", "HC2", "HC3")) put("two_way", h, coef(lsdv)[2:3], vcovHC(lsdv, h)[2:3, 2:3])
put("two_way", "classical", coef(lsdv)[2:3], vcov(lsdv)[2:3, 2:3])
put("two_way", "clustered(unit):none", coef(lsdv)[2:3], vcovCL(lsdv, ~unit, type = "HC0", cadjust = FALSE)[2:3, 2:3])
put("two_way", "clustered(unit):groups", coef(lsdv)[2:3], vcovCL(lsdv, ~unit, type = "HC0")[2:3, 2:3])
put("two_way", "clustered(unit):stata", coef(lsdv)[2:3], vcovCL(lsdv, ~unit, type = "HC1")[2:3, 2:3])
put("two_way", "clustered(region):stata", coef(lsdv)[2:3], vcovCL(lsdv, ~region, type = "HC1")[2:3, 2:3])
put("two_way", "clustered(unit+year):none", coef(lsdv)[2:3],
    vcovCL(lsdv, ~unit + year, type = "HC0", cadjust = FALSE)[2:3, 2:3])
say("two_way", "r_squared.lsdv", summary(lsdv)$r.squared)
# pooled and within by plm: Driscoll-Kraay, Newey-West, Arellano
for (m in c("pooling", "within")) {
  f <- plm(y ~ x + w, p, model = m)
  put(m, "driscoll_kraay(2):none", coef(f), vcovSCC(f, type = "HC0", maxlag = 2))
  put(m, "newey_west(2):none", coef(f), vcovNW(f, type = "HC0", maxlag = 2))
  put(m, "clustered(unit):none", coef(f), vcovHC(f, method = "arellano", type = "HC0"))
}
f <- plm(y ~ x + w, p, model = "fd")
put("first_differences", "classical", coef(f), vcov(f))
put("first_differences", "clustered(unit):none", coef(f), vcovHC(f, method = "arellano", type = "HC0"))
f <- plm(y ~ x + w, p, model = "between"); put("between", "classical", coef(f), vcov(f))
for (m in c("swar", "walhus", "amemiya")) {
  f <- plm(y ~ x + w, pb, model = "random", random.method = m); e <- ercomp(f)
  put(paste0("random_", m), "classical", coef(f), vcov(f))
  put(paste0("random_", m), "clustered(unit):none", coef(f), vcovHC(f, method = "arellano", type = "HC0"))
  say(paste0("random_", m), "variance.residual", e$sigma2["idios"])
  say(paste0("random_", m), "variance.effects", e$sigma2["id"])
}
for (m in c("walhus", "amemiya")) {
  f <- plm(y ~ x + w, pb, model = "random", random.method = m, random.dfcor = 3); e <- ercomp(f)
  put(paste0("random_", m, "_unbiased"), "classical", coef(f), vcov(f))
  say(paste0("random_", m, "_unbiased"), "variance.residual", e$sigma2["idios"])
  say(paste0("random_", m, "_unbiased"), "variance.effects", e$sigma2["id"])
  say(paste0("random_", m, "_unbiased"), "r_squared.own", r.squared(f))
}
say("first_differences", "r_squared.own", r.squared(plm(y ~ x + w, p, model = "fd")))
f <- plm(y ~ x + w, p, model = "random", random.method = "swar"); e <- ercomp(f)
say("random_swar_unbalanced", "r_squared.own", r.squared(f))
put("random_swar_unbalanced", "classical", coef(f), vcov(f))
say("random_swar_unbalanced", "variance.residual", e$sigma2["idios"])
say("random_swar_unbalanced", "variance.effects", e$sigma2["id"])
f <- plm(y ~ x + w + factor(year), pb, model = "random"); put("random_swar_dummies", "classical", coef(f), vcov(f))
f <- pmg(y ~ x + w, p, model = "mg"); put("mean_group", "mean_group", coef(f), f$vcov)
# instruments: AER with dummies, sandwich; plm within
iv <- ivreg(y ~ x + w + factor(unit) + factor(year) | x + z1 + z2 + factor(unit) + factor(year), data = d)
put("iv_two_way", "classical", coef(iv)[2:3], vcov(iv)[2:3, 2:3])
put("iv_two_way", "HC0", coef(iv)[2:3], vcovHC(iv, "HC0")[2:3, 2:3])
put("iv_two_way", "HC1", coef(iv)[2:3], vcovHC(iv, "HC1")[2:3, 2:3])
put("iv_two_way", "clustered(unit):stata", coef(iv)[2:3], vcovCL(iv, ~unit, type = "HC1")[2:3, 2:3])
g <- summary(iv, diagnostics = TRUE)$diagnostics
say("iv_two_way", "first_stage.w.f_classical", g["Weak instruments", "statistic"])
pooled <- ivreg(y ~ x + w | x + z1 + z2, data = d)
put("iv_pooled", "classical", coef(pooled), vcov(pooled))
put("iv_pooled", "HC0", coef(pooled), vcovHC(pooled, "HC0"))
g <- summary(pooled, diagnostics = TRUE)$diagnostics
say("iv_pooled", "first_stage.w.f_classical", g["Weak instruments", "statistic"])
say("iv_pooled", "sargan", g["Sargan", "statistic"])
first <- lm(w ~ x + z1 + z2, d); r <- lm(w ~ x, d)
say("iv_pooled", "first_stage.w.f", waldtest(r, first, vcov = vcovHC(first, "HC0"))$F[2])
say("iv_pooled", "first_stage.w.partial_r2", 1 - sum(resid(first)^2) / sum(resid(r)^2))
red <- lm(y ~ x + z1 + z2, d)
say("iv_pooled", "anderson_rubin", waldtest(lm(y ~ x, d), red, vcov = vcovHC(red, "HC0"), test = "Chisq")$Chisq[2])
# LIML by its definition: the smallest root of |Y'M1 Y - k Y'M Y|, dummies written out
X1 <- model.matrix(~ x + factor(unit) + factor(year), d); Z <- cbind(X1, d$z1, d$z2); X <- cbind(X1, w = d$w)
M <- function(A, v) v - A %*% solve(crossprod(A), crossprod(A, v))
Y <- cbind(d$y, d$w); k <- min(Re(eigen(solve(crossprod(Y, M(Z, Y)), crossprod(Y, M(X1, Y))))$values))
A <- solve(crossprod(X) - k * crossprod(X, M(Z, X))); beta <- A %*% (crossprod(X, d$y) - k * crossprod(X, M(Z, d$y)))
u <- d$y - X %*% beta; s2 <- sum(u^2) / (nrow(X) - ncol(X)); V <- s2 * A
rownames(V) <- colnames(X); est <- setNames(as.vector(beta), colnames(X))[c("x", "w")]
put("liml_two_way", "classical", est, V[c("x", "w"), c("x", "w")]); say("liml_two_way", "kappa", k)
# counts
po <- glm(count ~ x + w + factor(unit) + factor(year), poisson, d)
put("poisson", "clustered(unit):none", coef(po)[2:3], vcovCL(po, ~unit, type = "HC0", cadjust = FALSE)[2:3, 2:3])
put("poisson", "clustered(unit):groups", coef(po)[2:3], vcovCL(po, ~unit, type = "HC0")[2:3, 2:3])
cl <- clogit(one ~ x + w + strata(unit), d, method = "exact")
put("logit", "classical", coef(cl), vcov(cl))
res <- do.call(rbind, out); res$estimate <- signif(res$estimate, 12); res$std_error <- signif(res$std_error, 12)
write.csv(res, "expected.csv", row.names = FALSE)
