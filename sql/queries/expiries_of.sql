-- The expiries of a symbol's contracts, the newest first.
SELECT DISTINCT contract.expiry
FROM fo.contract AS contract
WHERE contract.symbol = %s
ORDER BY contract.expiry DESC;
