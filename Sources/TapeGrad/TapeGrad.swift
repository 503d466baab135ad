// TapeGrad
