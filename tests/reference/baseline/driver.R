# Two-way fixed effects of table t04 by plm, from the panel of the release alone: the sample is cut, the
# logs taken and the regressors entered here, independently of the project's own code.
# Run in this folder: Rscript driver.R   (R 4.5, plm 2.6; writes plm.csv)
suppressMessages(library(plm))
panel <- read.csv("panel.csv", colClasses = c(province_code = "character"))
panel <- panel[!panel$province_code %in% c("540000", "650000"), ]
fujian_2008 <- panel$province_code == "350000" & panel$year == 2008

controls <- function(tec) c(fdi = "fdi_cny_100m", lab = "employed_10k", tec = tec,
  kn = "patent_invention_applications", ed = "schooling_years", gdp = "gdp_cny_100m")
total <- controls("rd_intramural_cny_10k")
industry <- controls("rd_industry_cny_10k")
names(industry)[3] <- "tec_industry"
pair <- total[c("fdi", "gdp")]
seven <- c(1, 3, 4, 5, 6, 7)
former <- setdiff(2008:2018, 2010)
origin <- "exports_origin_cny_100m"
blocks <- list(
  headline = list(y = origin, years = 2005:2021, x = total, number = seven, without = fujian_2008),
  alone = list(y = origin, years = 2005:2021, x = pair, number = 1:2, without = fujian_2008),
  from_2008 = list(y = origin, years = 2008:2021, x = total, number = seven, without = fujian_2008),
  from_2010 = list(y = origin, years = 2010:2021, x = total, number = seven, without = FALSE),
  former_sample = list(y = origin, years = former, x = industry, number = seven, without = FALSE),
  former_trade = list(y = "trade_cny_100m", years = former, x = industry, number = seven, without = FALSE),
  exports_proxy = list(y = "export_delivery_cny_100m", years = setdiff(2008:2016, 2010), x = industry,
                       number = seven, without = FALSE)
)

out <- NULL
for (name in names(blocks)) {
  block <- blocks[[name]]
  rows <- panel$year %in% block$years & !block$without
  data <- panel[rows, c("province_code", "year")]
  data$y <- log(panel[rows, block$y])
  for (term in names(block$x)) data[[term]] <- log(panel[rows, block$x[[term]]])
  data <- na.omit(data)
  for (k in seq_along(block$x)) {
    terms <- names(block$x)[1:k]
    fit <- plm(reformulate(terms, "y"), data, index = c("province_code", "year"),
               model = "within", effect = "twoways")
    arellano <- vcovHC(fit, method = "arellano", type = "HC0", cluster = "group")
    sss <- vcovHC(fit, method = "arellano", type = "sss", cluster = "group")
    out <- rbind(out, data.frame(
      model = paste0(name, ".", block$number[k]), term = terms,
      estimate = unname(coef(fit)[terms]),
      se_hc0 = unname(sqrt(diag(arellano))[terms]),
      se_sss = unname(sqrt(diag(sss))[terms]), n = nrow(data),
      years = length(unique(data$year)), units = length(unique(data$province_code))))
  }
}
out[] <- lapply(out, function(v) if (is.numeric(v)) sprintf("%.15g", v) else v)
write.csv(out, "plm.csv", row.names = FALSE, quote = FALSE)
