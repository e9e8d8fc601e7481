# Real exchange rates of 27 OECD members against the United States, 1970-2003: Rscript make_input.R, in this folder, with
# Debian's r-cran-pwt (Penn World Table 6.2). Stata's pennxrate.dta has log(ppp/xrat) and 0 in each first year, as its rows
# printed by the R package panelr's introduction show (AFG 1970: realxrate 1, 1971: 0.250 = 11.23/45).
suppressMessages(library(pwt)); data("pwt6.2")
oecd <- c("AUS", "AUT", "BEL", "CAN", "CHE", "DNK", "ESP", "FIN", "FRA", "GBR", "GER", "GRC", "HUN", "IRL", "ISL", "ITA",
          "JPN", "KOR", "LUX", "MEX", "NLD", "NOR", "NZL", "POL", "PRT", "SWE", "TUR")
d <- subset(pwt6.2, isocode %in% oecd & year >= 1970 & year <= 2003)
d$y <- ifelse(d$year == 1970, 0, log(d$ppp / d$xrat))
wide <- tapply(d$y, list(d$year, factor(d$isocode, levels = oecd)), identity)
write.csv(data.frame(period = rownames(wide), signif(wide, 12)), "inputs/real_exchange_rates.csv", row.names = FALSE, quote = FALSE)
