-- +goose Up

-- The tables are the same. But programs of before drop from the record of a key that they
-- change what they do not know: its public key, key materials, rotation and Regions. They refuse
-- a database with this number.
SELECT 2;
