SELECT ops.correct_session(%s, %s, %s::time[], %s::time[]) AS corrected;
