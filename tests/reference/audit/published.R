# Recomputes the published tables beside this script from public data; writes recomputed.csv.
# Run: Rscript published.R  (needs plm, AER, systemfit and sandwich; the tests only read the output)
suppressMessages({library(plm); library(AER); library(systemfit); library(sandwich)})
rows <- list()
add <- function(paper, table, model, term, statistic, estimate, bracket = NA)
  rows[[length(rows) + 1]] <<- data.frame(paper, table, model, term, statistic, estimate, bracket)
put <- function(paper, table, model, terms, b, se, n = NA, r2 = NA, f = NA) {
  for (i in seq_along(terms)) add(paper, table, model, terms[i], "estimate", b[i], se[i])
  if (!is.na(n)) add(paper, table, model, "", "n_obs", n)
  if (!is.na(r2)) add(paper, table, model, "", "r_squared", r2)
  if (!is.na(f)) add(paper, table, model, "", "f_statistic", f)
}
ols <- function(paper, table, model, fit, terms, r2 = FALSE) {
  s <- summary(fit)
  put(paper, table, model, terms, coef(s)[, 1], coef(s)[, 2], nobs(fit),
      if (r2) s$r.squared else NA)
}

# Grunfeld as in Greene (2003), by firm and pooled
data("GrunfeldGreene", package = "systemfit")
terms <- c("constant", "value", "capital")
ols("grunfeld_firms", "1", "pooled", lm(invest ~ value + capital, GrunfeldGreene), terms)
for (firm in unique(as.character(GrunfeldGreene$firm)))
  ols("grunfeld_firms", "2", gsub(" ", ".", firm),
      lm(invest ~ value + capital, GrunfeldGreene[GrunfeldGreene$firm == firm, ]), terms, TRUE)

# Grunfeld, ten firms
data("Grunfeld", package = "plm")
for (v in c("inv", "value", "capital")) {
  x <- Grunfeld[[v]]
  values <- c(n_obs = length(x), mean = mean(x), sd = sd(x), min = min(x), max = max(x))
  for (s in names(values)) add("grunfeld_panel", "1", "", v, s, values[[s]])
}
panel <- function(paper, table, model, fit, terms, f = TRUE) {
  s <- summary(fit)
  put(paper, table, model, terms, coef(s)[, 1], coef(s)[, 2], nobs(fit),
      s$r.squared[["rsq"]], if (f) s$fstatistic$statistic else NA)
}
pooling <- plm(inv ~ value + capital, Grunfeld, model = "pooling")
within <- plm(inv ~ value + capital, Grunfeld, model = "within")
panel("grunfeld_panel", "2", "pooling", pooling, terms)
panel("grunfeld_panel", "3", "within", within, terms[-1])

# Public capital
data("Produc", package = "plm")
formula <- log(gsp) ~ log(pcap) + log(pc) + log(emp) + unemp
terms <- c("constant", "pcap", "pc", "emp", "unemp")
ols("public_capital", "1", "pooled", lm(formula, Produc), terms)
panel("public_capital", "2", "within", plm(formula, Produc, index = c("state", "year")), terms[-1])

# Drunk driving: errors clustered by state, (n-1)/(n-K) with K the regressors and year effects
data("Fatalities", package = "AER")
F <- transform(Fatalities, frate = fatal / pop * 10000, miles = miles / 1000,
  age = relevel(cut(drinkage, 18:22, include.lowest = TRUE, right = FALSE), ref = 4),
  punished = ifelse(jail == "yes" | service == "yes", 1, 0))
P <- pdata.frame(F, index = c("state", "year"))
first <- lm(frate ~ beertax, F)
add("drunk_driving", "1", "1", "beertax", "estimate", coef(first)[[2]],
    sqrt(vcovHC(first, type = "HC1")[2, 2]))
clustered <- function(model, formula, terms, effect, years) {
  fit <- plm(formula, P, model = "within", effect = effect)
  n <- nobs(fit); g <- 48
  v <- vcovHC(fit, method = "arellano", type = "HC0") * g / (g - 1) * (n - 1) /
    (n - length(terms) - years)
  put("drunk_driving", "1", model, terms, coef(fit), sqrt(diag(v)))
}
ages <- c("age18", "age19", "age20")
clustered("2", frate ~ beertax, "beertax", "individual", 0)
clustered("3", frate ~ beertax, "beertax", "twoways", 6)
clustered("4", frate ~ beertax + age + punished + miles + unemp + log(income),
          c("beertax", ages, "jail", "miles", "unemp", "income"), "twoways", 6)
clustered("5", frate ~ beertax + age + punished + miles,
          c("beertax", ages, "jail", "miles"), "twoways", 6)
clustered("6", frate ~ beertax + drinkage + punished + miles + unemp + log(income),
          c("beertax", "drinkage", "jail", "miles", "unemp", "income"), "twoways", 6)
adjusted <- function(model, formula)
  add("drunk_driving", "1", model, "", "r_squared", summary(lm(formula, F))$adj.r.squared)
adjusted("1", frate ~ beertax)
adjusted("2", frate ~ beertax + state)
adjusted("3", frate ~ beertax + state + year)
adjusted("4", frate ~ beertax + age + punished + miles + unemp + log(income) + state + year)
adjusted("5", frate ~ beertax + age + punished + miles + state + year)
adjusted("6", frate ~ beertax + drinkage + punished + miles + unemp + log(income) + state + year)

# Class size, heteroskedasticity-robust errors
data("STAR", package = "AER")
for (grade in c("k", "1", "2", "3")) {
  fit <- lm(I(get(paste0("read", grade)) + get(paste0("math", grade))) ~
              get(paste0("star", grade)), STAR)
  put("class_size", "1", toupper(grade), c("constant", "small", "aide"), coef(fit),
      sqrt(diag(vcovHC(fit, type = "HC1"))), nobs(fit))
}

out <- do.call(rbind, rows)
out$estimate <- signif(out$estimate, 12)
out$bracket <- signif(out$bracket, 12)
write.csv(out, "recomputed.csv", row.names = FALSE, quote = FALSE, na = "")
