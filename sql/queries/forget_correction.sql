DELETE FROM fo.session
WHERE exchange = %s AND session = %s AND source = 'user';
