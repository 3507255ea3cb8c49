-- lastgood: no-transaction
/* nested /* comment */ */
CREATE INDEX CONCURRENTLY "by ""total""" ON orders (total) WHERE note <> E'it\'s' AND x = U&'\0041';
create function f() returns int language sql begin atomic select 1; select case when true then 2 end; end;
do $body$ begin perform 'x;y'; commit; end $body$;
update orders set total = $1, note = 'a' 'b', b = B'01', c = x'ff', d = 1e10, e = $$;$$;
begin; savepoint s; rollback to s; commit and chain; prepare transaction 'p';
copy orders from stdin;
1	2
\.
select 1 - -2, a::text from t;;
